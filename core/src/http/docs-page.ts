// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the document is JSON that we have just made
type Json = Record<string, any>;

/** A readable page of the API document: plain HTML, no script, so that the content security policy stays closed. */
export function docsPage(document: Json): string {
  const byTag = new Map<string, string[]>();
  for (const [path, methods] of Object.entries<Json>(document['paths'])) {
    for (const [method, operation] of Object.entries<Json>(methods)) {
      const tag = String(operation['tags']?.[0] ?? 'other');
      byTag.set(tag, [...(byTag.get(tag) ?? []), operationHtml(method, path, operation)]);
    }
  }
  const tags = [...byTag.keys()].sort();
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Exact API</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/api/docs.css"></head><body>
<nav aria-label="Groups"><h1>Exact API</h1><p>${text(document['info'].version)}</p><ul>${tags.map((tag) => `<li><a href="#${slug(tag)}">${text(tag)}</a></li>`).join('')}</ul>
<p><a href="/api/v2/openapi.json">openapi.json</a></p></nav>
<main><p>${text(document['info'].description)}</p>
${tags.map((tag) => `<section id="${slug(tag)}"><h2>${text(tag)}</h2>${byTag.get(tag)?.join('')}</section>`).join('')}
</main></body></html>`;
}

function operationHtml(method: string, path: string, operation: Json): string {
  const access = operation['x-access'] as { permission?: string; in?: string; public?: string };
  const parameters = (operation['parameters'] as Json[]).map(
    (p) =>
      `<tr><td><code>${text(p['name'])}</code></td><td>${text(p['in'])}</td><td><code>${text(typeName(p['schema']))}</code></td><td>${text(p['schema']?.description ?? '')}</td></tr>`,
  );
  const body = operation['requestBody']?.content as Json | undefined;
  const answers = Object.entries<Json>(operation['responses']).map(([status, answer]) => {
    const content = Object.entries<Json>(answer['content'] ?? {})[0];
    const shape =
      content?.[1]?.['schema'] && content[0] === 'application/json'
        ? `<pre>${text(JSON.stringify(content[1]['schema'], undefined, 1))}</pre>`
        : '';
    return `<li><b>${status}</b> ${text(answer['description'])} ${content ? `<code>${text(content[0])}</code>` : ''}${shape}</li>`;
  });
  return `<details><summary><span class="${method}">${method.toUpperCase()}</span> <code>${text(path)}</code> ${text(operation['summary'])}</summary>
<p>${access.public ? `Open to all: ${text(access.public)}` : `Needs <code>${text(access.permission ?? '')}</code> in the ${text(access.in ?? '')}`}</p>
${parameters.length > 0 ? `<table><thead><tr><th>Name</th><th>In</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${parameters.join('')}</tbody></table>` : ''}
${
  body
    ? Object.entries<Json>(body)
        .map(
          ([type, { schema }]) =>
            `<h3>Body <code>${text(type)}</code></h3>${schema ? `<pre>${text(JSON.stringify(schema, undefined, 1))}</pre>` : ''}`,
        )
        .join('')
    : ''
}
<h3>Answers</h3><ul>${answers.join('')}</ul></details>`;
}

function typeName(schema: Json | undefined): string {
  if (!schema) return '';
  if (schema['enum']) return (schema['enum'] as unknown[]).join(' | ');
  return String(schema['type'] ?? 'any');
}

const text = (value: string): string =>
  value.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);
const slug = (value: string): string => value.replace(/[^\w-]+/g, '-');

export const DOCS_CSS = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}body{margin:0;display:grid;grid-template-columns:15rem 1fr}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1rem;box-sizing:border-box;border-right:1px solid #8884}nav ul{list-style:none;padding:0}main{padding:1rem 2rem;min-width:0}
h1{font-size:1.2rem}h2{margin-top:2rem}h3{font-size:1rem}details{border:1px solid #8884;border-radius:6px;margin:.4rem 0;padding:.4rem .8rem}summary{cursor:pointer}
summary span{display:inline-block;min-width:4rem;font-weight:700}.get{color:#0a7}.post{color:#07c}.put,.patch{color:#b60}.delete{color:#c33}
pre{overflow:auto;max-height:24rem;background:#8881;padding:.6rem;border-radius:4px;font-size:13px}table{border-collapse:collapse}td,th{padding:.2rem .6rem;text-align:left;border-bottom:1px solid #8884}
@media(max-width:50rem){body{display:block}nav{position:static;height:auto}}`;
