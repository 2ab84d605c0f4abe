/**
 * A program: writes a sound annual list of so many rows for units `big-0`, `big-1`, … of 25 rows each,
 * or, with `bare`, as many rows with one number each. A process of its own: what making the file needs
 * must not count as what reading it needs.
 */
import { writeFile } from 'node:fs/promises';
import { strToU8, zipSync } from 'fflate';
import { writeWorkbook } from '../../sample/write-workbook.ts';
import { annualListOf, indicatorRow } from '../domain/annual-list-rows.ts';

export const ROWS_PER_UNIT = 25;

const sound = (count: number) =>
  writeWorkbook(
    annualListOf(
      ...Array.from({ length: count }, (_, index) => {
        const unit = `big-${Math.floor(index / ROWS_PER_UNIT)}`;
        return indicatorRow({
          单位: unit,
          指标: `年度重点任务完成情况第${index % ROWS_PER_UNIT}项`,
          分项目标: `按进度完成第${index % ROWS_PER_UNIT}项任务并通过验收，资料齐全`,
          分值: 100 / ROWS_PER_UNIT,
          省级目标: 3,
          填报责任人: `${unit}甲`,
          直接负责人: `${unit}乙`,
          联系人: `${unit}丙`,
          周期: '月',
          ...Object.fromEntries(
            Array.from({ length: 12 }, (_none, month) => [
              `${month + 1}月`,
              (month + 1) / 3 > 4 ? 4 : Math.round(((month + 1) / 3) * 100) / 100,
            ]),
          ),
          印证资料要求: '完成情况说明，及台账、文件或统计报表之一；照片可不附',
          来源文件: `2026年度目标任务分解方案第${index}条`,
        });
      }),
    ),
  );

function bare(count: number): Buffer {
  const rows: string[] = [];
  for (let row = 1; row <= count; row++) rows.push(`<row r="${row}"><c r="A${row}"><v>1</v></c></row>`);
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
  const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  return Buffer.from(
    zipSync({
      'xl/workbook.xml': strToU8(
        `<workbook xmlns="${main}" xmlns:r="${relations}"><sheets><sheet name="2026年度清单" sheetId="1" r:id="r1"/></sheets></workbook>`,
      ),
      'xl/_rels/workbook.xml.rels': strToU8(
        `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Target="worksheets/sheet1.xml" Type="${relations}/worksheet"/></Relationships>`,
      ),
      'xl/worksheets/sheet1.xml': strToU8(
        `<worksheet xmlns="${main}"><sheetData>${rows.join('')}</sheetData></worksheet>`,
      ),
    }),
  );
}

const [path, count, kind] = process.argv.slice(2);
if (import.meta.main && path !== undefined) {
  await writeFile(path, kind === 'bare' ? bare(Number(count)) : await sound(Number(count)));
}
