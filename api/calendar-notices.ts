/** A year's notice as a client sends it, read into days; every fault with its place. */
import { Type, type Static } from 'typebox';
import { calendarYear, publishedDays, type Region } from '../db/calendar.ts';
import type { Db } from '../db/client.ts';
import { areNoticeFaults, parseNotices } from '../domain/calendar-notice.ts';
import {
  daysOfNotice,
  keepNeighbours,
  readListedDays,
  readLocalDays,
  type ProposalFault,
  type PublishedDay,
} from '../domain/calendar-proposal.ts';
import { ApiProblem, type FieldFault } from './problem.ts';
import { closed, text, whole } from './schemas.ts';

/** Dates are texts here: one that does not exist is a fault of the notice and is told with the others. */
const ListedDay = closed({
  date: Type.String({ maxLength: 10, description: 'YYYY-MM-DD' }),
  working: Type.Boolean(),
  name: Type.Optional(text(40)),
});

export const Notice = closed({
  year: whole(2000, 2199),
  source: text(100, { description: '文件依据，如 国办发明电〔2026〕9号' }),
  csv: Type.Optional(
    text(100_000, { description: 'year,holiday,off_from,off_to,make_up_working_days,source' }),
  ),
  days: Type.Optional(Type.Array(ListedDay, { maxItems: 400, description: '全年逐日，一日一条' })),
  local_days: Type.Optional(
    Type.Array(ListedDay, { maxItems: 400, description: '全年的本地放假与补班，只列与国家安排不同的' }),
  ),
});

/** @throws ApiProblem `notice_faulty` with every fault, `invalid_request` unless exactly one form is given. */
export async function noticeFrom(
  db: Db,
  notice: Static<typeof Notice>,
): Promise<{ readonly region: Region; readonly days: PublishedDay[] }> {
  const { year, source, csv, days, local_days } = notice;
  if ([csv, days, local_days].filter((form) => form !== undefined).length !== 1) {
    throw new ApiProblem('invalid_request', '请在 csv、days、local_days 中只给一个。', {
      errors: [{ pointer: '', detail: 'csv、days、local_days 须有且只有一个。', in: 'body' }],
    });
  }
  if (local_days !== undefined) {
    const read = readLocalDays(year, source, local_days);
    if ('faults' in read) throw faultyAt('local_days', read.faults);
    if ((await calendarYear(db, year)) === null) {
      const detail = `日历中没有${year}年的数据，请先发布该年度国家放假通知。`;
      throw faulty([{ pointer: '/year', detail, in: 'body' }]);
    }
    return { region: 'local', days: read.days };
  }
  if (days !== undefined) {
    const read = readListedDays(year, source, days);
    if ('faults' in read) throw faultyAt('days', read.faults);
    return { region: '', days: read.days };
  }
  return { region: '', days: await daysFromCsv(db, year, source, csv ?? '') };
}

async function daysFromCsv(db: Db, year: number, source: string, csv: string): Promise<PublishedDay[]> {
  const notices = parseNotices(csv);
  if (areNoticeFaults(notices)) {
    throw faulty(
      notices.map(({ line, detail }) => ({ pointer: '/csv', detail: `第${line}行：${detail}`, in: 'body' })),
    );
  }
  const others = [...new Set(notices.map((notice) => notice.year))].filter((other) => other !== year);
  if (others.length > 0) {
    const detail = `文件中有${others.join('、')}年的安排，与所报年度${year}不符；请一次只报一年。`;
    throw faulty([{ pointer: '/csv', detail, in: 'body' }]);
  }
  return keepNeighbours(year, daysOfNotice(year, source, notices), await publishedDays(db, year));
}

const MAX_FAULTS = 100;

const faulty = (errors: FieldFault[]) =>
  new ApiProblem('notice_faulty', '放假通知有误，什么都没有保存；请按 errors 改正后重新申报。', {
    errors: errors.slice(0, MAX_FAULTS),
  });

const faultyAt = (form: 'days' | 'local_days', faults: readonly ProposalFault[]) =>
  faulty(
    faults.map(({ place, detail }) => ({
      pointer: place !== null && 'index' in place ? `/${form}/${place.index}/date` : `/${form}`,
      detail,
      in: 'body',
    })),
  );
