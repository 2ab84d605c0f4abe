/** Plain tables for a terminal, in which a Chinese character is as wide as two letters. */
export type Cell = string | number;

/** The first column to the left, the others to the right unless they hold words. */
export function tableOf(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const all = [head, ...rows].map((row) => row.map((cell) => shown(cell)));
  const widths = head.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  const lines = all.map((row, index) =>
    row
      .map((text, column) => {
        const room = ' '.repeat(Math.max((widths[column] ?? 0) - widthOf(text), 0));
        const isWord =
          column === 0 || typeof (index === 0 ? rows[0] : rows[index - 1])?.[column] === 'string';
        return isWord ? `${text}${room}` : `${room}${text}`;
      })
      .join('  ')
      .trimEnd(),
  );
  return lines.map((line) => `  ${line}`).join('\n');
}

const shown = (cell: Cell): string => (typeof cell === 'number' ? cell.toLocaleString('en') : cell);

const widthOf = (text: string): number =>
  Array.from(text).reduce(
    (width, letter) => width + (/[\u2e80-\uffef\u2018-\u201d]/.test(letter) ? 2 : 1),
    0,
  );

/** Of figures in their order. */
export const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? 0;

/** The most moments that lie within any such window; the moments in their order. */
export function mostIn(moments: readonly number[], window: number): number {
  let most = 0;
  for (let first = 0, last = 0; last < moments.length; last += 1) {
    while ((moments[last] ?? 0) - (moments[first] ?? 0) > window) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
