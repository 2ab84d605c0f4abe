import { expect, test } from 'vitest';
import { searchAttributes } from '../../embedded/temporal-namespace.ts';
import * as carried from '../../workflows/search-attributes.ts';

test('what processes are searched by is what a namespace is made with, all of it keywords', () => {
  expect(
    Object.values(carried)
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual([...searchAttributes].toSorted());
  expect(new Set(Object.values(carried).map(({ type }) => type))).toEqual(new Set(['KEYWORD']));
});
