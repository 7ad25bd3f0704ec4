import { describe, expect, it } from 'vitest';
import { checkStudy } from './check.ts';
import { emptyStudy, type StudyDocument } from './document.ts';
import { fitStudy, type World } from './fit.ts';
import { fittingWorld, soundStudy } from './study.testing.ts';

type Draft = { -readonly [K in keyof StudyDocument]: StudyDocument[K] };
const changed = (change: (study: Draft) => void): StudyDocument => {
  const study = soundStudy();
  change(study);
  return study;
};

it('finds nothing wrong with a sound study, and ids for all that it names', () => {
  expect(checkStudy(soundStudy())).toEqual([]);
  expect(fitStudy(soundStudy(), fittingWorld())).toEqual({
    ids: {
      people: { ada: 1, ben: 2, cleo: 3, dora: 4 },
      images: { 'slide-1': 11, 'slide-2': 12, 'slide-3': 13, 'slide-4': 14 },
      layers: { 'Model 1': 21 },
      templates: { cells: [31] },
    },
    problems: [],
  });
});

it('says of an empty draft all that is missing', () => {
  expect(checkStudy(emptyStudy('New', 1)).map(({ code }) => code)).toEqual([
    'NO_READERS',
    'NO_TASKS',
    'PHASE_WITHOUT_READINGS',
  ]);
});

const faults: readonly [string, string, string | number, (study: Draft) => void][] = [
  ['NO_READERS', 'readers', 0, (s) => Object.assign(s, { readers: [], phases: [] })],
  ['PERSON_TWICE', 'readers[3]', 'ada', (s) => s.readers.push('ada')],
  ['ADJUDICATOR_READS', 'adjudicators[1]', 'ben', (s) => s.adjudicators.push('ben')],
  ['REFERENCE_NOT_READER', 'reference', 'dora', (s) => (s.reference = 'dora')],
  ['NO_ARMS', 'arms', 0, (s) => (s.arms = [])],
  ['ID_TWICE', 'arms[1].id', 'unaided', (s) => (s.arms[1]!.id = 'unaided')],
  ['ARM_WITHOUT_LAYERS', 'arms[1].layers', 'Aided', (s) => (s.arms[1]!.layers = [])],
  ['ARMS_ALIKE', 'arms[2].layers', 'Third', (s) => s.arms.push({ id: 'third', title: 'Third', layers: ['Model 1'] })],
  ['LAYER_TWICE', 'arms[1].layers[1]', 'Model 1', (s) => s.arms[1]!.layers.push('Model 1')],
  ['NO_TASKS', 'tasks', 0, (s) => (s.tasks = [])],
  ['TASK_WITHOUT_IMAGES', 'tasks[0].images', 0, (s) => (s.tasks[0]!.images = [])],
  ['IMAGE_TWICE', 'images[4]', 'slide-1', (s) => s.images.push(s.images[0]!)],
  ['IMAGE_TWICE', 'tasks[0].images[2]', 'slide-1', (s) => s.tasks[0]!.images.push('slide-1')],
  ['IMAGE_TWICE', 'tasks[0].images[1]', 'slide-2', (s) => (s.images[1]!.sha256 = '1'.repeat(64))],
  ['IMAGE_UNLISTED', 'tasks[0].images[2]', 'other', (s) => s.tasks[0]!.images.push('other')],
  ['TASK_UNREAD', 'tasks[2]', 'new', (s) => s.tasks.push({ ...s.tasks[0]!, id: 'new' })],
  ['NO_PHASES', 'phases', 0, (s) => (s.phases = [])],
  [
    'PHASE_ENDS_BEFORE_START',
    'phases[0].closesAt',
    '2029-01-01T00:00:00Z',
    (s) => (s.phases[0]!.closesAt = '2029-01-01T00:00:00Z'),
  ],
  [
    'PHASES_OVERLAP',
    'phases[1].opensAt',
    '2030-01-15T00:00:00Z',
    (s) => (s.phases[1]!.opensAt = '2030-01-15T00:00:00Z'),
  ],
  ['PHASE_WITHOUT_READINGS', 'phases[0].readings', 0, (s) => (s.phases[0]!.readings = [])],
  [
    'READING_TWICE',
    'phases[1].readings[3]',
    'ada',
    (s) => s.phases[1]!.readings.push({ reader: 'ada', task: 'mitoses', arm: 'aided' }),
  ],
  [
    'READER_UNLISTED',
    'phases[1].readings[3].reader',
    'eve',
    (s) => s.phases[1]!.readings.push({ reader: 'eve', task: 'mitoses', arm: 'aided' }),
  ],
  ['ARM_UNKNOWN', 'phases[0].readings[0].arm', 'none', (s) => (s.phases[0]!.readings[0]!.arm = 'none')],
  [
    'TASK_UNKNOWN',
    'phases[1].readings[3].task',
    'none',
    (s) => s.phases[1]!.readings.push({ reader: 'ada', task: 'none', arm: 'aided' }),
  ],
  [
    'IMAGE_NOT_IN_TASK',
    'phases[0].readings[0].images[0]',
    'slide-3',
    (s) => (s.phases[0]!.readings[0]!.images = ['slide-3']),
  ],
  [
    'IMAGE_TWICE',
    'phases[0].readings[0].images[1]',
    'slide-1',
    (s) => (s.phases[0]!.readings[0]!.images = ['slide-1', 'slide-1']),
  ],
  ['READER_IDLE', 'phases[1]', 'cleo', (s) => s.phases[1]!.readings.pop()],
  ['NO_RULE', 'phases[1].rule', 'second', (s) => delete s.phases[1]!.rule],
  ['MARGIN_TOO_LARGE', 'phases[1].rule.margin', 3, (s) => (s.phases[1]!.rule!.margin = 3)],
  ['TOO_FEW_READERS', 'phases[1].rule.k', 4, (s) => (s.phases[1]!.rule!.k = 4)],
  ['TOO_FEW_READERS', 'phases[1].rule.k', 2, (s) => (s.phases[1]!.readings = s.phases[1]!.readings.slice(0, 1))],
];

describe('a study', () => {
  it.each(faults)('with %s at %s is told so, with the value %s and the way out', (code, path, value, change) => {
    const found = checkStudy(changed(change));
    expect(found).toContainEqual(expect.objectContaining({ code, path, value }));
    for (const { message } of found) expect(message).toMatch(/^[A-Z"\d].{15,}\.$/);
  });
});

type OpenWorld = { -readonly [K in keyof World]: { -readonly [F in keyof World[K][number]]: World[K][number][F] }[] };
const misfits: readonly [string, string, string, (world: OpenWorld, study: Draft) => void][] = [
  ['PERSON_UNKNOWN', 'readers[0]', 'ada', (w) => w.people.shift()],
  ['PERSON_INACTIVE', 'readers[0]', 'ada', (w) => (w.people[0]!.isActive = false)],
  ['PERSON_NOT_MEMBER', 'readers[0]', 'ada', (w) => (w.people[0]!.role = undefined)],
  ['READER_SEES_ALL', 'readers[1]', 'ben', (w) => (w.people[1]!.role = 'manager')],
  ['READER_SEES_ALL', 'readers[1]', 'ben', (w) => (w.people[1]!.isAdmin = true)],
  ['READER_CANNOT_ANNOTATE', 'readers[2]', 'cleo', (w) => (w.people[2]!.role = 'viewer')],
  ['PERSON_UNKNOWN', 'adjudicators[0]', 'dora', (w) => w.people.pop()],
  ['IMAGE_MISSING', 'images[0]', 'slide-1', (w) => w.images.shift()],
  ['IMAGE_CHANGED', 'images[0]', 'slide-1', (w) => (w.images[0]!.sha256 = 'f'.repeat(64))],
  ['IMAGE_RENAMED', 'images[0]', 'slide-1', (w) => (w.images[0]!.name = 'here')],
  ['IMAGE_NOT_READY', 'images[0]', 'slide-1', (w) => (w.images[0]!.isReady = false)],
  ['LAYER_MISSING', 'arms[1].layers[0]', 'Model 1', (w) => w.layers.pop()],
  ['LAYER_NOT_SHOWN', 'arms[1].layers[0]', 'Model 1', (w) => (w.layers[0]!.isShown = false)],
  ['PRODUCT_MISSING', 'tasks[1].classes[0].product', 'Things', (w) => w.products.pop()],
  [
    'TEMPLATE_MISSING',
    'tasks[1].classes[0].templates[0]',
    'Cells',
    (_, s) => (s.tasks[1]!.classes[0]!.templates = ['Cells']),
  ],
];

describe('a project', () => {
  it.each(misfits)('with %s at %s is told so, with the value "%s" and the way out', (code, path, value, change) => {
    const [world, study] = [fittingWorld() as OpenWorld, soundStudy()];
    change(world, study);
    const { problems } = fitStudy(study, world);
    expect(problems).toContainEqual(expect.objectContaining({ code, path, value }));
    for (const { message } of problems) expect(message).toMatch(/^[A-Z"\d].{15,}\.$/);
  });

  it('lets a manager read where nothing is blind', () => {
    const world = fittingWorld() as OpenWorld;
    world.people[0]!.role = 'manager';
    const study = changed((s) => s.phases.shift());
    expect(fitStudy(study, world).problems).toEqual([]);
  });

  it('takes the image of the same name among images with the same content', () => {
    const world = fittingWorld() as OpenWorld;
    world.images.unshift({ id: 99, name: 'copy', sha256: '1'.repeat(64), isReady: true });
    expect(fitStudy(soundStudy(), world).ids.images['slide-1']).toBe(11);
  });
});
