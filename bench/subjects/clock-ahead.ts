// Loaded into a gateway before its own program (`node --import`): its clock is ahead by so many milliseconds, so that what it does on
// the full minute comes when a benchmark is ready for it, and not up to a minute later.

const now = Date.now.bind(Date);
const aheadMs = Number(process.env['BENCH_CLOCK_AHEAD_MS']);
Date.now = () => now() + aheadMs;
