/** One kind of durable process as the API shows it: what its routes need to know that differs between kinds. */
import type { Static } from 'typebox';
import type { ThingKind } from '../db/tables.ts';
import { roleFor, seesProcess, type Owned, type Viewer } from '../domain/permissions.ts';
import type { Watched } from '../domain/watching.ts';
import { notFound } from './problem.ts';
import type { Named } from './schemas.ts';

export type ProcessRow = { readonly id: string; readonly version: number; readonly state: Watched };

export type ShownKind<Row extends ProcessRow, View extends Named> = {
  readonly kind: ThingKind;
  /** Where its things are found, and what its routes are listed under: `supervision-items`. */
  readonly path: string;
  /** What people call it. */
  readonly zh: string;
  /** How one of them is shown; the name of this schema begins those of its commands. */
  readonly view: View;
  readonly find: (id: string) => Promise<Row | null>;
  readonly ownersOf: (row: Row) => Owned;
  readonly show: (row: Row, viewer: Viewer) => Static<View> | Promise<Static<View>>;
};

/** The row when the viewer may see it; otherwise it does not exist for them. */
export async function visible<Row extends ProcessRow, View extends Named>(
  { find, ownersOf }: Pick<ShownKind<Row, View>, 'find' | 'ownersOf'>,
  id: string,
  viewer: Viewer,
): Promise<Row> {
  const row = await find(id);
  if (row === null || roleFor(viewer, seesProcess, ownersOf(row)) === null) throw notFound();
  return row;
}

/** `report_progress` is given at `/commands/report-progress`. */
export const pathOf = (command: string): string => command.replaceAll('_', '-');

export const schemaNameOf = ({ $id }: Named, command: string): string =>
  `${$id}${command.replaceAll(/(^|_)(.)/g, (_, __, letter: string) => letter.toUpperCase())}`;
