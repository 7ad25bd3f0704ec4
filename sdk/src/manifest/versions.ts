/** Version of the interface between shell and plugin bundles; plugins range over it in `ui.api`. */
export const UI_API = '1.0.0';
