/** `node sample/make-sample.ts` writes the sample city's files anew from the data beside it. */
import { writeFile } from 'node:fs/promises';
import { annualListWorkbook } from './annual-list.ts';
import { rosterWorkbook, supervisionListWorkbook } from './sheets.ts';
import { writeWorkbook } from './write-workbook.ts';

const beside = (name: string) => new URL(name, import.meta.url);

await writeFile(beside('roster.xlsx'), await writeWorkbook(rosterWorkbook()));
await writeFile(beside('supervision-list-2026.xlsx'), await writeWorkbook(supervisionListWorkbook()));
await writeFile(beside('annual-list-2026.xlsx'), await writeWorkbook(annualListWorkbook(2026)));
