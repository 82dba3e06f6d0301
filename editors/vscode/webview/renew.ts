// A part of the page made like another, and what is equal left alone: somebody may be reading there, or have the focus in it.

/** Makes `there` like `made`, of whose parts it takes those that differ. */
export function renew(there: Element, made: Element): void {
  const parts = [...there.childNodes];
  const wanted = [...made.childNodes];
  for (const [at, one] of wanted.entries()) {
    const part = parts[at];
    if (part === undefined) {
      there.append(one);
    } else if (part instanceof Element && one instanceof Element && isAlike(part, one)) {
      renew(part, one);
    } else if (!part.isEqualNode(one)) {
      part.replaceWith(one);
    }
  }
  for (const part of parts.slice(wanted.length)) {
    part.remove();
  }
}

/** Whether they differ, if at all, in what they hold. */
function isAlike(one: Element, other: Element): boolean {
  return one.cloneNode(false).isEqualNode(other.cloneNode(false));
}
