/**
 * Ways by which text has been made to run in pages: elements with handlers, addresses with a script, ways out of attributes,
 * comments and raw text elements, template expressions, and markup that parsers mend (after the kinds in the OWASP cheat sheet
 * on filter evasion). Each sets `window.pwned` when it runs, and brings an element `[data-injected]` when it is read as markup.
 */
const MARK = 'data-injected=1';
const RUN = 'window.pwned=1';

const ELEMENTS = [
  `<img ${MARK} src=x onerror=${RUN}>`,
  `<svg ${MARK} onload=${RUN}>`,
  `<script ${MARK}>${RUN}</script>`,
  `<iframe ${MARK} srcdoc="<script>parent.${RUN}</script>"></iframe>`,
  `<a ${MARK} href=javascript:${RUN}>x</a>`,
  `<details ${MARK} open ontoggle=${RUN}>`,
  `<video ${MARK} src=x onerror=${RUN}>`,
  `<audio ${MARK} src=x onerror=${RUN}>`,
  `<input ${MARK} autofocus onfocus=${RUN}>`,
  `<object ${MARK} data=javascript:${RUN}>`,
  `<embed ${MARK} src=javascript:${RUN}>`,
  `<form ${MARK}><button formaction=javascript:${RUN}>`,
  `<math ${MARK}><mi xlink:href=javascript:${RUN}>`,
  `<style ${MARK}>@import 'javascript:${RUN}';</style>`,
  `<meta ${MARK} http-equiv=refresh content=0;url=javascript:${RUN}>`,
  `<base ${MARK} href=javascript:${RUN}//>`,
  `<link ${MARK} rel=stylesheet href=javascript:${RUN}>`,
  `<body ${MARK} onload=${RUN}>`,
  `<div ${MARK} style=animation-name:x onanimationstart=${RUN}>`,
  `<template ${MARK}><script>${RUN}</script></template>`,
];

/** What surrounds the element: nothing, or the end of what it may have been put into. */
const PLACES: readonly ((element: string) => string)[] = [
  (element) => element,
  (element) => `">${element}`,
  (element) => `'>${element}`,
  (element) => `-->${element}<!--`,
  (element) => `</title>${element}`,
  (element) => `</textarea>${element}`,
  (element) => `</script>${element}`,
  (element) => `]]>${element}`,
  (element) => `{{constructor.constructor('${RUN}')()}}${element}`,
  (element) => `\${${RUN}}${element}`,
  (element) => `${element.replaceAll('<', '&lt;').replaceAll('>', '&gt;')}`,
  (element) => element.replace(/^<(\w+)/, (_, name: string) => `<${name.toUpperCase()}/`),
  (element) => element.replace(/^<(\w)/, '<\u200b$1'),
  (element) => `javascript:${RUN}//${element}`,
  (element) => `@:{'app.name'}|${element}{count}`,
];

/** 300 texts, all different. */
export const MARKUP_PAYLOADS: readonly string[] = PLACES.flatMap((place) => ELEMENTS.map(place));

/** The same texts, several in one where a field takes them. */
export function packed(limit: number): string[] {
  const texts: string[] = [];
  for (const payload of MARKUP_PAYLOADS) {
    const last = texts.at(-1);
    if (last !== undefined && last.length + payload.length <= limit) texts[texts.length - 1] = last + payload;
    else texts.push(payload.slice(0, limit));
  }
  return texts;
}
