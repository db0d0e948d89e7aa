/**
 * Styles of the OpenAPI document's page. Operations have no links to others, so that column is hidden; on a phone the
 * room is needed for the text.
 */
export const apiStyle = `body { margin: 0; }
html.dark-mode body { background: #1c2022; }
nav { display: flex; flex-wrap: wrap; gap: 4px 16px; max-width: 1460px; margin: 0 auto; padding: 12px 20px; font: 14px/20px system-ui, sans-serif; }
nav a { color: #2757d6; }
html.dark-mode nav a { color: #93aeff; }
.swagger-ui .response-col_links { display: none; }
@media (max-width: 640px) {
  .swagger-ui .wrapper { padding: 0 8px; }
  .swagger-ui .opblock .table-container,
  .swagger-ui .responses-inner { padding: 8px; }
  .swagger-ui table.responses-table tr.response,
  .swagger-ui table.responses-table tr.response > td:not(.response-col_links) { display: block; width: auto; padding: 4px 0 0; }
  .swagger-ui table.responses-table thead { display: none; }
  .swagger-ui .response-col_status { font-weight: bold; }
}
`;

/** Styles of the text pages. */
export const textStyle = `body { max-width: 60rem; margin: 0 auto; padding: 1rem; font: 1rem/1.6 system-ui, sans-serif; color: #1f2328; background: #fff; }
nav { margin-bottom: 1rem; }
a { color: #0b57d0; }
code, pre { font: 0.875em/1.5 ui-monospace, monospace; background: #f3f4f6; border-radius: 4px; }
code { padding: 0.1em 0.3em; }
pre { padding: 0.8rem; overflow-x: auto; }
pre code { padding: 0; font-size: inherit; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.9rem; }
th, td { border: 1px solid #d0d7de; padding: 0.4rem 0.6rem; text-align: left; vertical-align: top; }
th:first-child, td:first-child { min-width: 7rem; }
th { background: #f6f8fa; }
@media (prefers-color-scheme: dark) {
  body { color: #e6edf3; background: #0d1117; }
  a { color: #6cb6ff; }
  code, pre { background: #161b22; }
  th, td { border-color: #30363d; }
  th { background: #161b22; }
}
`;
