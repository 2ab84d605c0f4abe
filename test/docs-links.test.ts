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

const read = (file: string) => readFileSync(join(project, file), 'utf8');

const settings = [...read('config.ts').matchAll(/read\.(?:take|need)\(\s*'([A-Z_]+)'/g)].map(
  ([, name = '']) => name,
);

test('docs/deployment.md names every setting', () => {
  const page = read('docs/deployment.md');
  expect(settings.length).toBeGreaterThan(20);
  expect(settings.filter((name) => !page.includes(`\n| \`${name}\``))).toEqual([]);
});

test('docker-compose.yml hands on every setting but the port, which is its own', () => {
  const composed = read('docker-compose.yml');
  expect(settings.filter((name) => !composed.includes(`\n    ${name}: `))).toEqual(['PORT']);
});

test('the .env of docs/deployment.md has what docker-compose.yml asks for, and no comment that would become a value', () => {
  const needed = [...read('docker-compose.yml').matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name = '']) => name);
  const file = /`\.env`.*?```sh\n(.*?)```/s.exec(read('docs/deployment.md'))?.[1] ?? '';
  const lines = file.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(needed.filter((name) => !lines.some((line) => line.startsWith(`${name}=`)))).toEqual([]);
  expect(lines.filter((line) => line.includes('#'))).toEqual([]);
});
