const total =
  /^(?:合计|总计|小计|总数|共计|总金额|总数量|合計|総計|總計|小計|grand total|sub-?totals?|totals?|totaal|totale|suma|summe|gesamt(?:summe)?|zwischensumme|sous-total|total g[ée]n[ée]ral|total general)(?:金額|数量|金额)?\s*(?:[:：(（\d¥￥$€].*)?$/i;
const note =
  /^(?:notes?|备注|備考|注意|注|说明|remarks?|hinweis|remarque|nota|制表人?|制单人?|审核人?|打印(?:时间|日期)|导出(?:时间|日期)|end of (?:file|report|data))\s*(?:[:：]|$)/i;
/** `(2 rows affected)`, `共2条记录`, `250 records`. */
const count =
  /^[([（]?\s*(?:(?:共|总共|合计|計|全)\s*\d[\d,]*\s*(?:条|件|行|个|款|种|項|項目|筆)(?:记录|数据|商品|产品|データ)?|\d[\d,]*\s*(?:rows?|records?|items?|products?|zeilen|datensätze|lignes|filas|registros)(?:\s+(?:affected|selected|exported|returned|in set))?)\s*[)\]）。.]?$/i;

/** Whether a row at the end of a table holds its totals, how many rows there were, or a note to the reader. */
export function isTotalsRow(cells: readonly string[]): boolean {
  const first = cells
    .find((cell) => cell.trim() !== "")
    ?.trim()
    .slice(0, 200);
  return first !== undefined && (total.test(first) || note.test(first) || count.test(first));
}
