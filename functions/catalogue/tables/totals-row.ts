const total =
  /^(?:合计|总计|小计|总数|合計|総計|grand total|totals?|summe|gesamt|sous-total|total général)\s*(?:[:：(（\d¥￥$€].*)?$/i;
const note = /^(?:notes?|备注|注意|注|说明|remarks?)\s*[:：]/i;

/** Whether a row at the end of a table holds its totals, or a note to the reader. */
export function isTotalsRow(cells: readonly string[]): boolean {
  const first = cells
    .find((cell) => cell.trim() !== "")
    ?.trim()
    .slice(0, 200);
  return first !== undefined && (total.test(first) || note.test(first));
}
