// The colours of theme.css for canvases, as they are in the theme that shows.

const probe = document.createElement("i");
probe.hidden = true;
document.body.append(probe);

/** The colour of `--name`. */
export function ink(name) {
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

const VERSIONS = ["accent", "second", "third", "fourth"];

/** The colour of the version at this place of the order. */
export const versionInk = (place) => ink(VERSIONS[place % VERSIONS.length]);
