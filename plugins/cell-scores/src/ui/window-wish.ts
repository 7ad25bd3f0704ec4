/** What commands can ask of the panel that is on the page. */
export interface WindowHand {
  goToHotSpot(): void;
  toggleFollowing(): void;
}

let hand: WindowHand | undefined;
let wish: keyof WindowHand | undefined;

export function takeInHand(panel: WindowHand): () => void {
  hand = panel;
  if (wish) panel[wish]();
  wish = undefined;
  return () => {
    if (hand === panel) hand = undefined;
  };
}

/** Asks the panel now, or as soon as it is there. */
export function ask(what: keyof WindowHand): void {
  if (hand) hand[what]();
  else wish = what;
}
