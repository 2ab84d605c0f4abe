/** What an office writes, as what the system knows: units, people, themes, policies by their names. */
import type { KnownForAnnualList } from './import-annual-list-known.ts';
import type { AnnualListRow } from './import-annual-list-sheet.ts';

type PersonColumn = '填报责任人' | '直接负责人' | '联系人';
type PolicyColumn = '预警策略' | '进度策略';

/** Each answers null where a fault was recorded or, where it may be, the cell is empty. */
export type OfficeWords = {
  readonly unit: (row: AnnualListRow) => string | null;
  readonly theme: (row: AnnualListRow) => string | null;
  readonly person: (row: AnnualListRow, column: PersonColumn, unit_id: string | null) => string | null;
  readonly policy: (row: AnnualListRow, column: PolicyColumn) => string | null;
};

export function officeWords(known: KnownForAnnualList): OfficeWords {
  const units = new Map(
    known.units.flatMap(({ id, code, short_name, name }) =>
      [code, short_name, name].map((word): [string, string] => [word, id]),
    ),
  );
  const unitNames = new Map(known.units.map(({ id, short_name }) => [id, short_name]));
  const byName = Map.groupBy(known.people, ({ name }) => name);
  const byNumber = new Map(known.people.map((person) => [person.staff_no, person]));
  const policies = { 预警策略: known.warning_policies, 进度策略: known.progress_policies };

  return {
    unit(row) {
      const name = row.text('单位', 60);
      const id = name === null ? null : (units.get(name) ?? null);
      if (name !== null && id === null) {
        row.fault('单位', `单位“${name}”不存在`, '请填写已登记单位的全称、简称或编码');
      }
      return id;
    },
    theme(row) {
      const text = row.optionalText('主题', 60);
      if (text === null) return null;
      const theme = known.themes.find(({ name, code }) => text === name || text === code);
      if (theme !== undefined) return theme.code;
      const choices = known.themes.map(({ name }) => name).join('、');
      row.fault('主题', `“${text}”不在可选范围内`, `请填写：${choices}`);
      return null;
    },
    person(row, column, unit_id) {
      const text = row.text(column, 40);
      if (text === null || unit_id === null) return null;
      const numbered = byNumber.get(text);
      if (numbered !== undefined) return numbered.id;
      const named = byName.get(text) ?? [];
      const inUnit = named.filter((person) => person.unit_id === unit_id);
      const [one, ...others] = inUnit;
      if (one !== undefined && others.length === 0) return one.id;
      if (one !== undefined) {
        const numbers = inUnit.map(({ staff_no }) => staff_no).join('、');
        row.fault(column, `本单位有${inUnit.length}人叫“${text}”`, `请改填工号：${numbers}`);
        return null;
      }
      const elsewhere = named.flatMap((person) => unitNames.get(person.unit_id ?? '') ?? []);
      const what = named.length === 0 ? `人员“${text}”不存在` : `“${text}”不在本单位${where(elsewhere)}`;
      row.fault(column, what, '请填写本单位已登记人员的姓名或工号');
      return null;
    },
    policy(row, column) {
      const text = row.optionalText(column, 60);
      if (text === null) return null;
      const choices = policies[column];
      const policy = choices?.find(({ code, name }) => text === name || text === code);
      if (policy !== undefined) return policy.code;
      if (choices === null) return text;
      const names = choices.map(({ name }) => name).join('、');
      row.fault(column, `策略“${text}”不存在`, `请填写：${names}，或清空本栏`);
      return null;
    },
  };
}

const where = (units: readonly string[]) => (units.length === 0 ? '' : `，在“${units.join('”“')}”`);
