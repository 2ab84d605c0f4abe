/**
 * A look over the XML of a workbook before the reader sees it: cells far outside the limits would
 * make the reader allocate every empty cell before them, and formulas, error values and merged
 * cells would come out of it as ordinary or empty values.
 */
import type { Fault } from '../domain/import-sheet.ts';
import type { XmlParts } from './xlsx-archive.ts';

export type SheetLimits = {
  readonly maxSheets: number;
  readonly maxRows: number;
  readonly maxColumns: number;
};

/** More would help nobody to mend the file. */
const MAX_FAULTS = 500;

/** The sheets' faults in the order of the workbook, or null when the XML is not what Excel writes. */
export function scanSheets(parts: XmlParts, limits: SheetLimits): Fault[] | null {
  const texts = new Map<string, string>();
  for (const [path, content] of parts) {
    const text = content.toString('utf8');
    // An entity declared in a DOCTYPE could hide anything; UTF-16 would escape this very check.
    if (!/^\ufeff?\s*</.test(text) || text.includes('<!DOCTYPE') || text.includes('\u0000')) return null;
    texts.set(path, text);
  }
  const sheets = sheetPaths(texts);
  if (sheets === null || sheets.length === 0) return null;
  if (sheets.length > limits.maxSheets) {
    return [fileFault(`工作表超过${limits.maxSheets}个`, '请删除多余的工作表')];
  }
  const faults: Fault[] = [];
  for (const { name, path } of sheets) {
    const found = scanSheet(name, texts.get(path) ?? '', limits);
    if (found === null) return null;
    faults.push(...found);
    if (faults.length >= MAX_FAULTS) {
      return [
        ...faults.slice(0, MAX_FAULTS),
        fileFault(`问题超过${MAX_FAULTS}处，其余未列出`, '请改正以上各处后重新上传'),
      ];
    }
  }
  return faults;
}

export const fileFault = (what: string, mend: string): Fault => ({
  sheet: '',
  row: 0,
  column: '',
  what,
  mend,
});

function sheetPaths(texts: ReadonlyMap<string, string>): { name: string; path: string }[] | null {
  const relations = tagsOf(texts.get('xl/_rels/workbook.xml.rels') ?? '', ['Relationship']);
  const sheets = tagsOf(texts.get('xl/workbook.xml') ?? '', ['sheet']);
  if (relations === null || sheets === null) return null;
  return sheets.flatMap(({ attributes }) => {
    const target = relations.find((relation) => relation.attributes.get('Id') === attributes.get('id'));
    const path = target?.attributes.get('Target');
    if (path === undefined) return [];
    return [
      { name: attributes.get('name') ?? '', path: path.startsWith('/') ? path.slice(1) : `xl/${path}` },
    ];
  });
}

function scanSheet(sheet: string, xml: string, limits: SheetLimits): Fault[] | null {
  if (hasMoreRows(xml, limits.maxRows)) return [tooLong(sheet, limits)];
  const faults: Fault[] = [];
  const dataEnd = xml.lastIndexOf('sheetData>');
  let cell: Address | null = null;
  for (const tag of tagsIn(xml, ['row', 'c', 'f', 'mergeCell'])) {
    if (tag === null) return null;
    if (faults.length >= MAX_FAULTS) break;
    const { name, attributes, at } = tag;
    const reference = attributes.get(name === 'mergeCell' ? 'ref' : 'r');
    if (name === 'row') {
      if (reference !== undefined && !(Number(reference) <= limits.maxRows)) return [tooLong(sheet, limits)];
      continue;
    }
    if (name === 'f') {
      // After the cells, `f` belongs to validations and conditional formats, which nobody reads.
      if (cell === null || at > dataEnd) continue;
      const mend = '请将公式单元格“选择性粘贴”为数值后重新上传';
      faults.push({ sheet, ...cell, what: '单元格是公式', mend });
      continue;
    }
    const address = addressOf(reference);
    if (address === null) return null;
    if (address.row > limits.maxRows) return [tooLong(sheet, limits)];
    if (name === 'mergeCell') {
      const mend = '请取消合并单元格，并在每一行填写完整';
      faults.push({
        sheet,
        row: address.row,
        column: address.column,
        what: `存在合并单元格${reference}`,
        mend,
      });
      continue;
    }
    if (columnNumber(address.column) > limits.maxColumns) {
      const mend = `请删除第${limits.maxColumns}列以后的内容和格式`;
      return [{ sheet, ...address, what: `超过${limits.maxColumns}列`, mend }];
    }
    cell = address;
    if (attributes.get('t') === 'e') {
      faults.push({ sheet, ...address, what: '单元格是错误值', mend: '请填写正确的内容' });
    }
  }
  return faults;
}

/** Asked first, keeping nothing: the tags of a million rows would fill the memory. */
function hasMoreRows(xml: string, maxRows: number): boolean {
  const row = /<(?:[^\s<>/:]*:)?row(?=[\s/>])/g;
  for (let count = 0; row.exec(xml) !== null;) {
    count += 1;
    if (count > maxRows) return true;
  }
  return false;
}

const tooLong = (sheet: string, { maxRows }: SheetLimits): Fault => ({
  sheet,
  row: maxRows + 1,
  column: '',
  what: `超过${maxRows}行`,
  mend: '请删除表格下方的空行和格式，或分成几个文件上传',
});

type Address = { row: number; column: string };

function addressOf(reference: string | undefined): Address | null {
  const match = /^([A-Z]{1,3})([1-9]\d{0,6})(?::[A-Z]{1,3}[1-9]\d{0,6})?$/.exec(reference ?? '');
  return match === null ? null : { row: Number(match[2]), column: match[1] ?? '' };
}

const columnNumber = (letters: string) =>
  Array.from(letters).reduce((number, letter) => number * 26 + letter.charCodeAt(0) - 64, 0);

type Tag = { name: string; attributes: ReadonlyMap<string, string>; at: number };

/** All of them; null when one is not written plainly. */
function tagsOf(xml: string, names: readonly string[]): Tag[] | null {
  const tags = [...tagsIn(xml, names)];
  return tags.includes(null) ? null : tags.filter((tag) => tag !== null);
}

/**
 * Every start tag of the given local names, one at a time: a sheet has hundreds of thousands. Null
 * when one is not written plainly (prefixed doubles, unquoted or unclosed attributes): then the reader
 * might understand it otherwise than this does.
 */
function* tagsIn(xml: string, names: readonly string[]): Generator<Tag | null> {
  const opening = new RegExp(`<(?:[^\\s<>/:]*:)?(${names.join('|')})(?=[\\s/>])`, 'g');
  const attribute = /\s+([^\s=<>/"']+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
  const closing = /\s*\/?>/y;
  for (let match = opening.exec(xml); match !== null; match = opening.exec(xml)) {
    const attributes = new Map<string, string>();
    let at = opening.lastIndex;
    attribute.lastIndex = at;
    for (let found = attribute.exec(xml); found !== null; found = attribute.exec(xml)) {
      at = attribute.lastIndex;
      const [, written = '', double, single] = found;
      if (written.startsWith('xmlns')) continue;
      const name = written.slice(written.indexOf(':') + 1);
      if (attributes.has(name)) return yield null;
      attributes.set(name, decoded(double ?? single ?? ''));
    }
    closing.lastIndex = at;
    if (!closing.test(xml)) return yield null;
    yield { name: match[1] ?? '', attributes, at: match.index };
  }
}

const namedEntities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

const decoded = (text: string) =>
  text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return namedEntities[name.toLowerCase()] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
