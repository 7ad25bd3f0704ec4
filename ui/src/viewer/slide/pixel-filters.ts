import type { FilterPrimitive, ViewerFacade } from '@exact/sdk/ui';

const SVG = 'http://www.w3.org/2000/svg';
/** Elements and attributes that a filter may bring: it changes colours, and loads or runs nothing. */
const ELEMENTS = new Set<FilterPrimitive['element']>([
  'feColorMatrix',
  'feComponentTransfer',
  'feFuncR',
  'feFuncG',
  'feFuncB',
  'feFuncA',
  'feConvolveMatrix',
]);
const ATTRIBUTE =
  /^(type|values|tableValues|slope|intercept|amplitude|exponent|offset|order|kernelMatrix|divisor|bias|targetX|targetY|edgeMode|preserveAlpha)$/;

let count = 0;

export interface PixelFilters {
  readonly add: ViewerFacade['addPixelFilter'];
  dispose(): void;
}

/**
 * Chains colour filters over the drawn tiles, by id. The browser runs them on the graphics card; annotations, which are
 * drawn on other elements, keep their colours.
 *
 * @param target - the canvas of the tiles
 */
export function createPixelFilters(target: HTMLElement): PixelFilters {
  const id = `exact-pixels-${++count}`;
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('width', '0');
  svg.setAttribute('height', '0');
  svg.setAttribute('aria-hidden', 'true');
  svg.style.position = 'absolute';
  const filter = document.createElementNS(SVG, 'filter');
  filter.id = id;
  // the values of the image as they are, not made linear before
  filter.setAttribute('color-interpolation-filters', 'sRGB');
  for (const [name, value] of [
    ['x', '0'],
    ['y', '0'],
    ['width', '1'],
    ['height', '1'],
  ] as const)
    filter.setAttribute(name, value);
  svg.append(filter);
  document.body.append(svg);
  const chain = new Map<string, readonly FilterPrimitive[]>();

  function draw(): void {
    const primitives = [...chain.keys()].sort().flatMap((key) => chain.get(key) ?? []);
    filter.replaceChildren(...primitives.map(toElement));
    target.style.filter = primitives.length > 0 ? `url(#${id})` : '';
  }

  return {
    add(key, primitives) {
      chain.set(key, primitives);
      draw();
      return {
        update(next) {
          if (!chain.has(key)) return;
          chain.set(key, next);
          draw();
        },
        dispose() {
          chain.delete(key);
          draw();
        },
      };
    },
    dispose() {
      target.style.filter = '';
      svg.remove();
    },
  };
}

function toElement({ element, attributes, children }: FilterPrimitive): SVGElement {
  if (!ELEMENTS.has(element))
    throw new TypeError(`"${String(element)}" is no pixel filter; there are ${[...ELEMENTS].join(', ')}.`);
  const made = document.createElementNS(SVG, element);
  for (const [name, value] of Object.entries(attributes)) {
    if (!ATTRIBUTE.test(name))
      throw new TypeError(`Attribute "${name}" of ${element} is not allowed in a pixel filter.`);
    made.setAttribute(name, String(value));
  }
  made.append(...(children ?? []).map(toElement));
  return made;
}
