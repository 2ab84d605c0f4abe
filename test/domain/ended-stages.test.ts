import { expect, test } from 'vitest';
import { indicatorTask, stages as taskStages, type IndicatorTask } from '../../domain/indicator-task.ts';
import { isEnded } from '../../domain/process.ts';
import {
  stages as itemStages,
  supervisionItem,
  type SupervisionItem,
} from '../../domain/supervision-item.ts';

test('the list of ended stages, which rows and the simulated year go by, is what each process itself calls its end', () => {
  const ends = (stages: Readonly<Record<string, string>>, ended: (stage: string) => boolean) =>
    Object.keys(stages).filter(ended);
  expect(ends(itemStages, isEnded)).toEqual(
    ends(itemStages, (stage) => supervisionItem.ended({ stage } as SupervisionItem)),
  );
  expect(ends(taskStages, isEnded)).toEqual(
    ends(taskStages, (stage) => indicatorTask.ended({ stage } as IndicatorTask)),
  );
});
