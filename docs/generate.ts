/** `npm run docs`: writes the pages that are made from the project's own tables. A test fails when they are stale. */
import { writeFile } from 'node:fs/promises';
import { errorsPage } from './pages/errors.ts';
import { indicatorTaskPage } from './pages/indicator-task.ts';
import { rightsPage } from './pages/rights.ts';
import { smsErrorsPage } from './pages/sms-errors.ts';
import { supervisionItemPage } from './pages/supervision-item.ts';

export const pages: Readonly<Record<string, () => string>> = {
  'supervision-item.md': supervisionItemPage,
  'indicator-task.md': indicatorTaskPage,
  'errors.md': errorsPage,
  'rights.md': rightsPage,
  'sms-errors.md': smsErrorsPage,
};

if (import.meta.main) {
  for (const [name, made] of Object.entries(pages)) {
    await writeFile(new URL(name, import.meta.url), made());
    console.log(`docs/${name}`);
  }
}
