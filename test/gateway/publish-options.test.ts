import fc from 'fast-check';
import t from 'tap';

import { urgencies } from '../../src/core/frames.js';
import { limits } from '../../src/core/limits.js';
import { isReference, parsePublishOptions } from '../../src/gateway/publish-options.js';
import { seedOfRun } from './seeded.js';

const seed = seedOfRun();
t.comment(`LOWBEAT_SEED=${seed}`);
fc.configureGlobal({ seed });

const defaults = { urgency: 'normal', ttlSeconds: limits.ttlSeconds, topic: '', reference: '', receipt: false };

await t.test('options that are allowed', (t) => {
  for (const [query, expected] of [
    ['', {}],
    ['urgency=very-low', { urgency: 'very-low' }],
    ['ttl=0', { ttlSeconds: 0 }],
    ['ttl=007', { ttlSeconds: 7 }],
    [`ttl=${limits.ttlSeconds}`, { ttlSeconds: limits.ttlSeconds }],
    [`topic=${'a'.repeat(32)}`, { topic: 'a'.repeat(32) }],
    ['id=a.b_c~d-9', { reference: 'a.b_c~d-9' }],
    ['id=a&receipt=true', { reference: 'a', receipt: true }],
    ['receipt=1&id=a', { reference: 'a', receipt: true }],
    ['receipt=false', { receipt: false }],
    ['receipt=0', { receipt: false }],
    ['urgency=high&ttl=60&topic=chat', { urgency: 'high', ttlSeconds: 60, topic: 'chat' }],
    ['topic=%63hat', { topic: 'chat' }],
    ['&&', {}],
  ] as const) {
    t.same(parsePublishOptions(query), { ok: true, options: { ...defaults, ...expected } }, query);
  }
  t.end();
});

await t.test('each wrong one is an error that names it and what is allowed', (t) => {
  for (const [query, message] of [
    ['urgency=urgent', /urgency is "urgent".*very-low, low, normal, high/],
    ['urgency=', /urgency is ""/],
    ['ttl=soon', /ttl is "soon".*0 to 2419200/],
    ['ttl=-1', /ttl/],
    ['ttl=1.5', /ttl/],
    ['ttl=', /ttl/],
    [`ttl=${limits.ttlSeconds + 1}`, /ttl/],
    ['ttl=99999999999999999999', /ttl/],
    [`topic=${'a'.repeat(33)}`, /topic.*1 to 32/],
    ['topic=a.b', /topic is "a.b"/],
    ['topic=', /topic/],
    [`id=${'a'.repeat(65)}`, /id.*1 to 64/],
    ['id=a/b', /id is "a\/b"/],
    ['id=%2B', /id/],
    ['id=', /id/],
    ['receipt=true', /receipt.*needs an id/],
    ['receipt=yes&id=a', /receipt is "yes"/],
    ['colour=red', /unknown option "colour".*urgency, ttl, topic, id, receipt/],
    ['__proto__=x', /unknown option "__proto__"/],
    ['constructor=x', /unknown option "constructor"/],
    ['TTL=5', /unknown option "TTL"/],
    ['ttl=5&ttl=5', /"ttl" is given more than once/],
  ] as const) {
    const parsed = parsePublishOptions(query);
    t.equal(parsed.ok, false, query);
    if (!parsed.ok) {
      t.equal(parsed.error.code, 'bad-option');
      t.match(parsed.error.message, message);
    }
  }
  t.end();
});

await t.test('the id of a wrong one is told when it can be read', (t) => {
  t.match(parsePublishOptions('id=m-1&ttl=x'), { ok: false, reference: 'm-1' });
  t.match(parsePublishOptions('ttl=x&id=a/b'), { ok: false, reference: '' });
  t.match(parsePublishOptions('ttl=1&ttl=2&id=m-2'), { ok: false, reference: 'm-2' });
  t.end();
});

await t.test('any text gives allowed options, or a message that is short and plain', (t) => {
  const query = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.array(fc.tuple(fc.constantFrom('urgency', 'ttl', 'topic', 'id', 'receipt', 'x'), fc.string({ unit: 'grapheme' })))
      .map((pairs) => new URLSearchParams(pairs).toString()),
  );
  fc.assert(fc.property(query, (text) => {
    const parsed = parsePublishOptions(text);
    if (!parsed.ok) return parsed.error.message.length < 200 && /^[\x20-\x7e…]*$/.test(parsed.error.message);
    const { urgency, ttlSeconds, topic, reference, receipt } = parsed.options;
    return urgencies.includes(urgency) && Number.isInteger(ttlSeconds) && ttlSeconds >= 0 && ttlSeconds <= limits.ttlSeconds &&
      topic.length <= 32 && (reference === '' || isReference(reference)) && (!receipt || reference !== '');
  }), { numRuns: 3_000 });
  t.end();
});
