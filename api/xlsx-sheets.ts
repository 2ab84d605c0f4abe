/** From the bytes of an xlsx to its sheets, step by step from what is certain to what is believed. */
import readXlsxFile from 'read-excel-file/node';
import type { CellValue, Fault, Sheet } from '../domain/import-sheet.ts';
import type { ArchiveFault, ArchiveLimits } from './xlsx-archive.ts';
import { packStored, unpackXml } from './xlsx-archive.ts';
import type { SheetLimits } from './xlsx-scan.ts';
import { fileFault, scanSheets } from './xlsx-scan.ts';

export type ReadSheets = { sheets: Sheet[] } | { faults: Fault[] };

export async function readSheets(file: Buffer, limits: ArchiveLimits & SheetLimits): Promise<ReadSheets> {
  if (!startsWith(file, ZIP)) {
    const old = startsWith(file, OLE);
    return { faults: [old ? fileFault('文件是旧版xls格式或已加密', SAVE_AGAIN) : archiveFaults.damaged] };
  }
  const parts = await unpackXml(file, limits);
  if (typeof parts === 'string') return { faults: [archiveFaults[parts]] };
  const faults = scanSheets(parts, limits);
  if (faults === null) return { faults: [archiveFaults.damaged] };
  if (faults.length > 0) return { faults };
  try {
    const sheets = await readXlsxFile(packStored(parts));
    return { sheets: sheets.map(({ sheet, data }) => ({ name: sheet, rows: data as CellValue[][] })) };
  } catch {
    // The reader throws on XML that is not a spreadsheet; why exactly is of no use to an office.
    return { faults: [archiveFaults.damaged] };
  }
}

const ZIP = Buffer.from([0x50, 0x4b, 0x03, 0x04]);
/** The container of xls files and of password-protected xlsx files. */
const OLE = Buffer.from([0xd0, 0xcf, 0x11, 0xe0]);
const startsWith = (file: Buffer, magic: Buffer) => file.subarray(0, magic.length).equals(magic);

const SAVE_AGAIN = '请用Excel或WPS打开，取消密码，另存为.xlsx后重新上传';

const archiveFaults: Readonly<Record<ArchiveFault, Fault>> = {
  damaged: fileFault('文件不是有效的xlsx，或已损坏', SAVE_AGAIN),
  encrypted: fileFault('文件已加密', SAVE_AGAIN),
  too_large: fileFault('文件解压后过大', '请删除图片、空行和多余格式，或分成几个文件上传'),
  macros: fileFault('文件含有宏', '请另存为不含宏的.xlsx后重新上传'),
};
