import { Button } from "../parts/controls/button.tsx";
import { Banner } from "../parts/notes/banner.tsx";
import { useNow } from "../parts/use-now.ts";
import { isOffline, nextAttemptAt, tryNow } from "../server/connection.ts";
import { commonText } from "../text/common.ts";

/** Says that the server cannot be reached, and when it is tried again. */
export function OfflineBanner() {
  const offline = isOffline.value;
  const now = useNow(offline);
  if (!offline) return null;
  const at = nextAttemptAt.value;
  const seconds = at === null ? 0 : Math.ceil((at - now) / 1_000);
  return (
    <Banner
      aside={
        <>
          {/* The countdown is for the eye; read out each second it would drown the message. */}
          <span aria-hidden="true">
            {seconds > 0 ? commonText("errorReconnect", { n: seconds }) : commonText("errorReconnecting")}
          </span>
          <Button kind="quiet" onClick={tryNow}>
            {commonText("retry")}
          </Button>
        </>
      }
    >
      {commonText("errorOffline")}
    </Banner>
  );
}
