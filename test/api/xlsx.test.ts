import { strToU8, unzipSync, zipSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSheets } from '../../api/xlsx-sheets.ts';
import { officeLimits, readWorkbook, type WorkbookLimits } from '../../api/xlsx.ts';
import { writeWorkbook } from '../../sample/write-workbook.ts';

const limits: WorkbookLimits = {
  ...officeLimits,
  maxRows: 50,
  maxColumns: 10,
  maxUnpackedBytes: 1024 * 1024,
};
const read = (file: Uint8Array, within = limits) => readSheets(Buffer.from(file), within);

const sound = await writeWorkbook([
  {
    name: '人员',
    rows: [['姓名', '日期', '数', '是'], [], ['王明', new Date('2026-03-01T00:00:00Z'), 3.5, true]],
  },
]);

/** The sound workbook with parts of its XML replaced or added. */
function tampered(change: (parts: Record<string, Uint8Array>) => void): Uint8Array {
  const parts = unzipSync(sound);
  change(parts);
  return zipSync(parts);
}

const SHEET = 'xl/worksheets/sheet1.xml';
const withRows = (rows: string, after = '') =>
  tampered((parts) => {
    parts[SHEET] = strToU8(
      `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${rows}</sheetData>${after}</worksheet>`,
    );
  });

const what = async (file: Uint8Array, within = limits) => {
  const answer = await read(file, within);
  return 'faults' in answer
    ? answer.faults.map((fault) => `${fault.sheet} ${fault.row} ${fault.column} ${fault.what}`.trim())
    : [];
};

test('cells keep their type, rows and columns their place', async () => {
  expect(await read(sound)).toEqual({
    sheets: [
      {
        name: '人员',
        rows: [
          ['姓名', '日期', '数', '是'],
          expect.any(Array),
          ['王明', new Date('2026-03-01T00:00:00Z'), 3.5, true],
        ],
      },
    ],
  });
});

describe('what is not a plain xlsx is said in words an office can act on', () => {
  test.each([
    ['an empty file', new Uint8Array()],
    ['text', strToU8('工号,姓名\n1001,王明')],
    ['a zip of something else', zipSync({ 'readme.xml': strToU8('<a/>') })],
    ['a file cut off in transit', sound.subarray(0, sound.length / 2)],
    [
      'an end record pointing nowhere',
      Buffer.concat([sound.subarray(0, -6), Buffer.from('ffffffff0000', 'hex')]),
    ],
    ['a sheet that is not XML', tampered((parts) => (parts[SHEET] = strToU8('PK')))],
    [
      'a sheet that ends in the middle',
      tampered((parts) => (parts[SHEET] = strToU8('<worksheet><sheetData><row r="1"><c r="A1">'))),
    ],
    ['a sheet without cells of a table', tampered((parts) => (parts[SHEET] = strToU8('<chartsheet/>')))],
    ['a workbook without its sheet', tampered((parts) => delete parts[SHEET])],
    ['a cell without an address', withRows('<row r="1"><c><v>1</v></c></row>')],
    ['a cell of an unknown shared text', withRows('<row r="1"><c r="A1" t="s"><v>99999</v></c></row>')],
    [
      'rows out of order',
      withRows('<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>'),
    ],
    ['an address written twice', withRows('<row r="1"><c r="A1" x:r="XFD1"><v>1</v></c></row>')],
  ])('%s', async (_what, file) => {
    expect(await what(file)).toEqual(['0  文件不是有效的xlsx，或已损坏']);
  });

  test('an old or password-protected file', async () => {
    expect(await what(Buffer.from('d0cf11e0a1b11ae1', 'hex'))).toEqual(['0  文件是旧版xls格式或已加密']);
  });

  test('macros', async () => {
    const file = tampered((parts) => (parts['xl/vbaProject.bin'] = strToU8('x')));
    expect(await what(file)).toEqual(['0  文件含有宏']);
  });

  test('a document type, in which entities could grow without end', async () => {
    const bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><worksheet/>';
    expect(await what(tampered((parts) => (parts[SHEET] = strToU8(bomb))))).toEqual([
      '0  文件不是有效的xlsx，或已损坏',
    ]);
  });
});

describe('an archive is unpacked under a cap, whatever it says of its sizes', () => {
  const huge = Buffer.alloc(64 * 1024 * 1024, ' ');

  test('a sheet of 64 MiB in a file of 64 KiB is refused without being unpacked', async () => {
    const file = tampered((parts) => (parts[SHEET] = huge));
    expect(file.length).toBeLessThan(200_000);
    const before = process.memoryUsage().arrayBuffers;
    expect(await what(file)).toEqual(['0  文件解压后过大']);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  });

  test('the same with headers that claim ten bytes', async () => {
    const file = Buffer.from(tampered((parts) => (parts[SHEET] = huge)));
    const trueSize = Buffer.alloc(4);
    trueSize.writeUInt32LE(huge.length);
    const lie = Buffer.from([10, 0, 0, 0]);
    for (let at = file.indexOf(trueSize); at !== -1; at = file.indexOf(trueSize, at + 4)) lie.copy(file, at);
    expect(await what(file)).toEqual(['0  文件解压后过大']);
  });

  test('headers that claim gigabytes cost nothing when the content is small', async () => {
    const file = Buffer.from(sound);
    const local = file.indexOf(Buffer.from([0x50, 0x4b, 3, 4]));
    file.writeUInt32LE(0xfffffff0, local + 22);
    expect(await read(file)).toHaveProperty('sheets');
  });

  test('many small parts count together, and so does their number', async () => {
    const parts = (count: number, bytes: number) =>
      tampered((all) => {
        for (let index = 0; index < count; index++)
          all[`xl/extra${index}.xml`] = new Uint8Array(bytes).fill(60);
      });
    expect(await what(parts(20, 100_000))).toEqual(['0  文件解压后过大']);
    expect(await what(parts(300, 10))).toEqual(['0  文件解压后过大']);
  });

  test('pictures and other parts are left packed', async () => {
    expect(await what(tampered((parts) => (parts['xl/media/image1.png'] = huge)))).toEqual([]);
  });

  test('an entry packed in an unknown way is refused', async () => {
    const file = Buffer.from(sound);
    for (
      let at = file.indexOf('PK\u0001\u0002', 0, 'latin1');
      at !== -1;
      at = file.indexOf('PK\u0001\u0002', at + 4, 'latin1')
    )
      file.writeUInt16LE(12, at + 10);
    expect(await what(file)).toEqual(['0  文件不是有效的xlsx，或已损坏']);
  });
});

describe('cells far away do not make the reader fill the space between', () => {
  test.each([
    ['a row beyond the limit', '<row r="1048576"><c r="A1048576"><v>1</v></c></row>', '人员 51  超过50行'],
    ['an empty row beyond the limit', '<row r="1048576"/>', '人员 51  超过50行'],
    ['a row number hidden in an entity', '<row r="&#49;048576"/>', '人员 51  超过50行'],
    ['a row number in another notation', '<row r="1e9"/>', '人员 51  超过50行'],
    [
      'a cell beyond the limit in a row that says otherwise',
      '<row r="1"><c r="A99999"><v>1</v></c></row>',
      '人员 51  超过50行',
    ],
    ['a column beyond the limit', '<row r="1"><c r="XFD1"><v>1</v></c></row>', '人员 1 XFD 超过10列'],
    ['a column behind a prefix', '<row r="1"><x:c x:r="XFD1"><v>1</v></x:c></row>', '人员 1 XFD 超过10列'],
  ])('%s', async (_what, rows, fault) => {
    expect(await what(withRows(rows))).toEqual([fault]);
  });

  test('too many sheets are refused', async () => {
    expect(await what(sound, { ...limits, maxSheets: 0 })).toEqual(['0  工作表超过0个']);
  });
});

describe('what the reader would pass over in silence is a fault at its cell', () => {
  test('formulas, also shared ones without a text of their own', async () => {
    const rows =
      '<row r="2"><c r="B2"><f>HYPERLINK("http://a")</f><v>1</v></c><c r="C2"><f t="shared" si="0"/><v>2</v></c></row>';
    expect(await what(withRows(rows))).toEqual(['人员 2 B 单元格是公式', '人员 2 C 单元格是公式']);
  });

  test('a validation list beside the cells is not a formula in a cell', async () => {
    const validation = '<extLst><ext><x14:formula1><xm:f>单位!A1:A9</xm:f></x14:formula1></ext></extLst>';
    expect(await what(withRows('<row r="1"><c r="A1"><v>1</v></c></row>', validation))).toEqual([]);
  });

  test('error values', async () => {
    expect(await what(withRows('<row r="1"><c r="A1" t="e"><v>#N/A</v></c></row>'))).toEqual([
      '人员 1 A 单元格是错误值',
    ]);
  });

  test('merged cells', async () => {
    const merged = '<mergeCells><mergeCell ref="A2:B3"/></mergeCells>';
    expect(await what(withRows('<row r="1"><c r="A1"><v>1</v></c></row>', merged))).toEqual([
      '人员 2 A 存在合并单元格A2:B3',
    ]);
  });

  test('a list of faults ends somewhere and says so', async () => {
    const rows = Array.from({ length: 50 }, (_, row) =>
      Array.from('ABCDEFGHIJK')
        .slice(0, 10)
        .map((letter) => `<c r="${letter}${row + 1}"><f>1</f></c>`)
        .join(''),
    ).map((cells, row) => `<row r="${row + 1}">${cells}</row>`);
    const faults = await what(withRows(rows.join('')));
    expect(faults).toHaveLength(501);
    expect(faults.at(-1)).toContain('其余未列出');
  });
});

test('no damage to a file makes the reader throw or hang', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(sound.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      async (hits) => {
        const file = Buffer.from(sound);
        for (const [at, value] of hits) file[at] = value;
        expect(Object.keys(await read(file))).toHaveLength(1);
      },
    ),
    { numRuns: 300 },
  );
});

test('no XML in a sheet makes the reader throw or hang', async () => {
  const piece = fc.constantFrom(
    '<row>',
    '<row r="2">',
    '</row>',
    '<c r="A1">',
    '<c r="B2" t="s">',
    '<c r="A1" t="inlineStr">',
    '<c t="d" r="A3" s="1">',
    '</c>',
    '<v>',
    '1',
    '</v>',
    '<is><t>x</t></is>',
    '<f>',
    '</f>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '&amp;',
    '&',
    '<',
    '"',
    '<?x',
    '?>',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 20 }), async (pieces) => {
      expect(Object.keys(await read(withRows(pieces.join(''))))).toHaveLength(1);
    }),
    { numRuns: 500 },
  );
});

describe('a file is read in a thread of its own', () => {
  test('whose answer is the same', async () => {
    expect(await readWorkbook(sound, limits)).toEqual(await read(sound));
  });

  test('XML that would keep the reader busy for minutes is given up, and others are served meanwhile', async () => {
    const endless = Buffer.from(withRows('<'.repeat(2_000_000)));
    let turns = 0;
    const others = setInterval(() => turns++, 10);
    const answer = await readWorkbook(endless, { ...officeLimits, maxMilliseconds: 1500 });
    clearInterval(others);
    expect(answer).toMatchObject({ faults: [{ what: '文件结构过于复杂，无法读取' }] });
    expect(turns).toBeGreaterThan(20);
  });

  test('a file that needs more memory than allowed is given up', async () => {
    const rows = Array.from({ length: 5000 }, (_, row) =>
      Array.from({ length: 50 }, (_, column) => `${row}-${column}`),
    );
    const full = await writeWorkbook([{ name: '人员', rows }]);
    expect(await readWorkbook(full, { ...officeLimits, maxHeapMiB: 12 })).toMatchObject({
      faults: [{ what: '文件结构过于复杂，无法读取' }],
    });
  });
});
