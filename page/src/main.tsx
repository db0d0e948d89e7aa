import "./styles/tokens.css";
import "./styles/base.css";
import { render } from "preact";
import { Shell } from "./shell/shell.tsx";

render(<Shell />, document.getElementById("page")!);
