// Answers whose time tells nothing: a whole number of steps after their question.

import t from 'tap';

import { evenAnswers, evenly } from '../../src/gateway/even-answers.js';
import { settled } from './virtual-time.js';

/** A clock and its timers, and what was answered when. */
function setUp(stepMs = 10) {
  let nowMs = 1_000;
  let timers: { readonly atMs: number; readonly run: () => void }[] = [];
  let set = 0;
  const answered: string[] = [];
  const answers = evenAnswers({
    stepMs,
    clock: { nowMs: () => nowMs },
    later: (run, delayMs) => {
      set += 1;
      timers.push({ atMs: nowMs + delayMs, run });
    },
  });
  const ask = (name: string) => {
    let answer: (value: string) => void = () => undefined;
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise<string>((resolve, reject) => {
      answer = resolve;
      fail = reject;
    });
    evenly(answers, () => work).then(
      (value) => answered.push(`${nowMs} ${name} ${value}`),
      (error: unknown) => answered.push(`${nowMs} ${name} ${String(error)}`),
    );
    return { answer: () => answer('done'), fail: () => fail(new Error('refused')) };
  };
  const advance = async (byMs: number) => {
    await settled();
    const untilMs = nowMs + byMs;
    while (nowMs < untilMs) {
      nowMs += 1;
      const due = timers.filter(({ atMs }) => atMs <= nowMs);
      timers = timers.filter(({ atMs }) => atMs > nowMs);
      for (const { run } of due) run();
      await settled();
    }
  };
  return {
    answered, ask, advance,
    setBack: (byMs: number) => (nowMs -= byMs),
    timers: () => ({ set, waiting: timers.length }),
  };
}

await t.test('an answer waits for the end of its step, a late one for the end of a later step', async (t) => {
  const { answered, ask, advance } = setUp();
  const first = ask('first');
  await advance(3);
  const second = ask('second');
  first.answer();
  await advance(5);
  second.answer();
  t.same(answered, [], 'nothing before a step is over');
  await advance(10);
  t.same(answered, ['1010 first done', '1013 second done'], 'each from its own question on');
  const late = ask('late');
  await advance(19);
  late.answer();
  await advance(20);
  t.same(answered.slice(2), ['1038 late done']);
});

await t.test('a failure comes at the same time as an answer', async (t) => {
  const { answered, ask, advance } = setUp();
  ask('first').fail();
  await advance(20);
  t.same(answered, ['1010 first Error: refused']);
});

await t.test('questions of one moment share their timers, and are answered in their order', async (t) => {
  const { answered, ask, advance, timers } = setUp();
  const questions = Array.from({ length: 100 }, (_, index) => ask(String(index)));
  for (const { answer } of questions.slice(0, 50).reverse()) answer();
  await advance(10);
  t.same(answered, Array.from({ length: 50 }, (_, index) => `1010 ${index} done`));
  for (const { answer } of questions.slice(50)) answer();
  await advance(10);
  t.equal(answered.length, 100);
  t.equal(answered.at(-1), '1020 99 done');
  t.same(timers(), { set: 2, waiting: 0 }, 'and leave none behind');
});

await t.test('a clock that is set back keeps no answer back', async (t) => {
  const { answered, ask, advance, setBack } = setUp();
  ask('first').answer();
  await advance(10);
  setBack(10);
  ask('second').answer();
  await advance(10);
  t.same(answered, ['1010 first done', '1010 second done']);
});
