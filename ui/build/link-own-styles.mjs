/**
 * Makes the entry of a plugin load the plugin's own style sheet: a `<link>` to the own origin, which the page's policy allows,
 * where a `<style>` element made by script would be refused. Waits for it, so that a panel is never seen unstyled.
 */
export function linkOwnStyles() {
  return {
    name: 'exact:link-own-styles',
    enforce: 'post',
    generateBundle(_, bundle) {
      const css = Object.keys(bundle).find((name) => name.endsWith('.css'));
      const entry = Object.values(bundle).find((item) => item.type === 'chunk' && item.isEntry);
      if (!css || !entry) return;
      entry.code = `${loader(css)}\n${entry.code}`;
    },
  };
}

const loader = (file) =>
  `await new Promise((done)=>{const l=document.createElement("link");l.rel="stylesheet";l.href=new URL(${JSON.stringify(`./${file}`)},import.meta.url).href;l.onload=l.onerror=done;document.head.append(l)});`;
