import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const project = join(import.meta.dirname, '..');
const pages = [
  'README.md',
  ...readdirSync(join(project, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
];

test.each(pages)('%s points to files that exist', (page) => {
  const links = readFileSync(join(project, page), 'utf8').matchAll(/\]\((?!https?:)([^)#\s]*)(#[^)]*)?\)/g);
  const files = [...links].flatMap(([, file = '']) => (file === '' ? [] : [file]));
  expect(files.filter((file) => !existsSync(join(project, dirname(page), file)))).toEqual([]);
});

test('docs/deployment.md names every setting', () => {
  const source = readFileSync(join(project, 'config.ts'), 'utf8');
  const settings = new Set(
    [...source.matchAll(/read\.(?:take|need)\(\s*'([A-Z_]+)'/g)].map(([, name]) => name),
  );
  const page = readFileSync(join(project, 'docs/deployment.md'), 'utf8');
  expect(settings.size).toBeGreaterThan(20);
  expect([...settings].filter((name) => !page.includes(`\n| \`${name}\``))).toEqual([]);
});
