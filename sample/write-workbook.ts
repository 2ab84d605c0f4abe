import writeXlsxFile from 'write-excel-file/node';
import type { Cell } from 'write-excel-file/node';
import type { CellValue, Sheet } from '../domain/import-sheet.ts';

/** Wide enough for the longest text of a column, within what fits on a screen. */
const columnWidth = (sheet: Sheet, index: number) => {
  const lengths = sheet.rows.map((row) => (typeof row[index] === 'string' ? row[index].length : 10));
  return Math.min(60, 4 + 2 * Math.max(...lengths));
};

/** Sheets as an office would save them: a bold header that stays in sight, dates as dates. */
export const writeWorkbook = (sheets: readonly Sheet[]): Promise<Buffer> =>
  writeXlsxFile(
    sheets.map((sheet) => ({
      sheet: sheet.name,
      stickyRowsCount: 1,
      columns: (sheet.rows[0] ?? []).map((_header, index) => ({ width: columnWidth(sheet, index) })),
      data: sheet.rows.map((row, index) => row.map((value) => cellOf(value, index === 0))),
    })),
  ).toBuffer();

function cellOf(value: CellValue, header: boolean): Cell {
  if (value instanceof Date) return { value, type: Date, format: 'yyyy-mm-dd' };
  if (typeof value === 'string' && header) return { value, fontWeight: 'bold' };
  return value;
}
