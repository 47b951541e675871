// How a command ends: sysexits(3), as `nudge` does.

export const DONE = 0;
export const FAILED = 1;
export const USAGE = 64;
export const UNAVAILABLE = 69;
export const SETTINGS = 78;
