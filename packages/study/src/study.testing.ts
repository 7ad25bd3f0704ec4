import type { StudyDocument } from './document.ts';
import type { World } from './fit.ts';

const hash = (digit: string): string => digit.repeat(64);

/** A sound study of three readers, two tasks and two phases. */
export function soundStudy(): StudyDocument {
  return {
    format: 'exact-study',
    version: 1,
    title: 'Mitoses with and without help',
    description: '',
    images: ['1', '2', '3', '4'].map((digit) => ({ name: `slide-${digit}`, sha256: hash(digit) })),
    readers: ['ada', 'ben', 'cleo'],
    adjudicators: ['dora'],
    reference: 'ada',
    arms: [
      { id: 'unaided', title: 'Unaided', layers: [] },
      { id: 'aided', title: 'Aided', layers: ['Model 1'] },
    ],
    tasks: [
      { id: 'mitoses', title: 'Mitoses', instruction: 'Mark each.', images: ['slide-1', 'slide-2'], classes: [] },
      {
        id: 'cells',
        title: 'Cells',
        instruction: '',
        images: ['slide-3', 'slide-4'],
        classes: [{ product: 'Things', templates: ['Cell'] }],
      },
    ],
    phases: [
      {
        id: 'blind',
        title: 'Blind reading',
        mode: 'blind',
        opensAt: '2030-01-01T00:00:00Z',
        closesAt: '2030-02-01T00:00:00Z',
        sequence: 'strict',
        done: 'readOnly',
        earlier: 'shown',
        order: { by: 'shuffle', seed: 7 },
        readings: ['ada', 'ben', 'cleo'].flatMap((reader) => [
          { reader, task: 'mitoses', arm: 'unaided' },
          { reader, task: 'cells', arm: 'aided' },
        ]),
      },
      {
        id: 'second',
        title: 'Second opinions',
        mode: 'secondOpinion',
        sequence: 'free',
        done: 'readOnly',
        earlier: 'shown',
        order: { by: 'given' },
        rule: { k: 2, quorum: 0.5, margin: 1, strict: false, authorCounts: false },
        readings: ['ada', 'ben', 'cleo'].map((reader) => ({ reader, task: 'mitoses', arm: 'unaided' })),
      },
    ],
    idleAfterS: 30,
  };
}

/** A project that {@link soundStudy} fits. */
export function fittingWorld(): World {
  const person = (id: number, username: string, role: 'annotator' | 'manager') => ({
    id,
    username,
    role,
    isAdmin: false,
    isActive: true,
  });
  return {
    people: [
      person(1, 'ada', 'annotator'),
      person(2, 'ben', 'annotator'),
      person(3, 'cleo', 'annotator'),
      person(4, 'dora', 'manager'),
    ],
    images: ['1', '2', '3', '4'].map((digit) => ({
      id: 10 + Number(digit),
      name: `slide-${digit}`,
      sha256: hash(digit),
      isReady: true,
    })),
    layers: [{ id: 21, name: 'Model 1', isShown: true }],
    products: [
      {
        name: 'Things',
        templates: [
          { id: 31, name: 'Cell' },
          { id: 32, name: 'Vessel' },
        ],
      },
    ],
  };
}
