import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readVoc } from './read-voc.ts';

const object = (name: string, box: string): string => `<object><name>${name}</name><bndbox>${box}</bndbox></object>`;
const corners = (xmin: unknown, ymin: unknown, xmax: unknown, ymax: unknown): string =>
  `<xmin>${xmin}</xmin><ymin>${ymin}</ymin><xmax>${xmax}</xmax><ymax>${ymax}</ymax>`;
const file = (...objects: string[]): string =>
  `<annotation><filename>a.jpg</filename><size><width>640</width><height>480</height></size>\n${objects.join('\n')}\n</annotation>`;

describe('a VOC annotation', () => {
  it('gives name, size and boxes', () => {
    expect(
      readVoc(file(object('WBC', corners(260, 177, 491, 376)), object('R &amp; B', corners('0', '0.5', '640', '480')))),
    ).toEqual({
      fileName: 'a.jpg',
      width: 640,
      height: 480,
      boxes: [
        { label: 'WBC', x: 260, y: 177, width: 231, height: 199 },
        { label: 'R & B', x: 0, y: 0.5, width: 640, height: 479.5 },
      ],
      problems: [],
    });
  });

  it('keeps the good objects and tells of each bad one with its line', () => {
    const { boxes, problems } = readVoc(
      file(
        object('RBC', corners(1, 2, 3, 4)),
        object('', corners(1, 2, 3, 4)),
        '<object><name>A</name></object>',
        object('B', corners(1, 2, 'x', 4)),
        object('C', corners(5, 2, 3, 4)),
        object('D', corners(600, 2, 641, 4)),
      ),
    );
    expect(boxes).toHaveLength(1);
    expect(problems).toEqual([
      { line: 3, message: 'the object has no <name>' },
      { line: 4, message: '"A" has no <bndbox>' },
      { line: 5, message: 'the box of "B" needs xmin, ymin, xmax and ymax as numbers' },
      { line: 6, message: 'the box of "C" (5, 2, 3, 4) is empty or its corners are swapped' },
      { line: 7, message: 'the box of "D" (600, 2, 641, 4) leaves the image of 640 × 480 pixels' },
    ]);
  });

  it.each([
    ['', 'there is no element', 1],
    ['<annotation>\n<object>', '<object> of line 2 is never closed', 2],
    ['<annotation>\n<a></b></annotation>', '</b> closes <a> of line 2', 2],
    ['<annotation>\n1 < 2</annotation>', '"< 2</annotation>" begins no tag', 2],
    ['</annotation>', '</annotation> closes nothing', 1],
    ['<annotation/>\n<annotation/>', '<annotation> is a second root element', 2],
    ['PK\u0003\u0004 no XML at all', 'text "PK\u0003\u0004 no XML at all" stands outside of the root element', 1],
    ['<svg/>', 'the root element is <svg>, not <annotation>', 1],
  ])('tells what is wrong with %j', (text, message, line) => {
    expect(readVoc(text)).toEqual({ fileName: '', width: 0, height: 0, boxes: [], problems: [{ line, message }] });
  });

  it('passes over prologue, comments, document types and attributes, and expands no entities of the document', () => {
    const text = `\uFEFF<?xml version="1.0"?>\n<!DOCTYPE annotation>\n<!-- <object> -->\n<annotation verified='yes'>${object('<![CDATA[A<B]]>', corners(1, 2, 3, 4))}<folder>&lol;</folder></annotation>`;
    expect(readVoc(text)).toMatchObject({ boxes: [{ label: 'A<B' }], problems: [] });
  });

  it('ends for whatever text it is given, also for any part of a good one', () => {
    const good = file(object('RBC', corners(1, 2, 3, 4)));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.nat(good.length - 1).map((end) => good.slice(0, end)),
        ),
        (text) => {
          const { boxes, problems } = readVoc(text);
          expect(boxes).toEqual([]);
          expect(problems).toHaveLength(1);
        },
      ),
    );
  });

  it('needs no stack for deep nesting, and little time for many open brackets', () => {
    const deep = 20_000;
    expect(readVoc('<a>'.repeat(deep)).problems).toHaveLength(1);
    expect(readVoc('<annotation ' + 'a '.repeat(deep)).problems).toHaveLength(1);
  });
});

describe('the photographs that the demo carries', () => {
  const folder = new URL('../../data/blood-cells/', import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith('.xml'));

  it('all have boxes that can be read, of the three kinds of cells', () => {
    const files = names.map((name) => readVoc(readFileSync(new URL(name, folder), 'utf8')));
    expect(files).toHaveLength(12);
    expect(files.flatMap(({ problems }) => problems)).toEqual([]);
    expect(files.map(({ fileName }) => fileName)).toEqual(names.map((name) => name.replace('.xml', '.jpg')));
    const count = (label: string): number =>
      files.flatMap(({ boxes }) => boxes).filter((box) => box.label === label).length;
    // counted with: grep -ho '<name>[^<]*' data/blood-cells/*.xml | sort | uniq -c
    expect(['RBC', 'WBC', 'Platelets'].map(count)).toEqual([164, 15, 24]);
  });
});
