// The faults that a test may script happen as they would at a real service.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { DIES_OF_RESET } from '../support/faults.mjs';
import { openH2 } from '../support/h2.mjs';
import { TOKEN, makeSender, send } from './apns-push.mjs';

/** @param {import('node:test').TestContext} test */
async function setUp(test) {
  const { makePush, start } = await makeSender(test);
  const apns = await start();
  return { apns, push: makePush(), h2: await openH2(test, apns) };
}

describe('a scripted fault', () => {
  test('answers once with a status, a reason and headers', async (test) => {
    const { apns, push, h2 } = await setUp(test);
    apns.script([{ status: 503, reason: 'ServiceUnavailable', headers: { 'retry-after': '3' } }]);
    const { status, reason, headers } = await send(h2, push);
    assert.deepEqual([status, reason, headers['retry-after']], [503, 'ServiceUnavailable', '3']);
    assert.equal((await send(h2, push)).status, 200);
    assert.deepEqual([apns.faulted.length, apns.accepted.length], [1, 1]);
    assert.equal(apns.faulted[0]?.token, TOKEN);
  });

  test('answers with another body, as a proxy would', async (test) => {
    const { apns, push, h2 } = await setUp(test);
    apns.script([{ status: 502, body: '<html>' }]);
    const { status, text } = await h2.post(push.path, push.headers, push.body);
    assert.deepEqual([status, text], [502, '<html>']);
  });

  test('waits for a request that it is for, and lasts as long as it should', async (test) => {
    const { apns, push, h2 } = await setUp(test);
    const other = { ...push, headers: { ...push.headers, 'apns-priority': '5' } };
    const when = (/** @type {import('../support/exchange.mjs').Request} */ { headers }) =>
      headers['apns-priority'] === '5';
    apns.script([{ when, times: 2, status: 500, reason: 'InternalServerError' }]);
    const statuses = [];
    for (const each of [push, other, push, other, other])
      statuses.push((await send(h2, each)).status);
    assert.deepEqual(statuses, [200, 500, 200, 500, 200]);
  });

  test('is not wasted on a request that breaks a rule', async (test) => {
    const { apns, push, h2 } = await setUp(test);
    apns.script([{ status: 503, reason: 'ServiceUnavailable' }]);
    assert.equal((await send(h2, { ...push, body: '' })).status, 400);
    assert.equal((await send(h2, push)).status, 503);
  });

  test('is forgotten when the script is cleared', async (test) => {
    const { apns, push, h2 } = await setUp(test);
    apns.script([{ times: Infinity, status: 503, reason: 'ServiceUnavailable' }]);
    assert.equal((await send(h2, push)).status, 503);
    apns.clearScript();
    assert.equal((await send(h2, push)).status, 200);
  });

  test('makes an answer late', async (test) => {
    const { apns, push, h2 } = await setUp(test);
    let release = () => {};
    /** @type {Promise<void>} */
    const until = new Promise((resolve) => (release = resolve));
    apns.script([{ until }]);
    /** @type {string[]} */
    const order = [];
    const late = send(h2, push).then(({ status }) => order.push(`late ${status}`));
    await send(h2, push).then(({ status }) => order.push(`prompt ${status}`));
    release();
    await late;
    assert.deepEqual(order, ['prompt 200', 'late 200']);
  });

  for (const [reset, code] of /** @type {const} */ ([
    ['REFUSED_STREAM', 7],
    ['INTERNAL_ERROR', 2],
  ])) {
    test(`resets the stream with ${reset} and keeps the connection`, async (test) => {
      const { apns, push, h2 } = await setUp(test);
      apns.script([{ reset }]);
      const stream = h2.session.request({ ':method': 'POST', ':path': push.path, ...push.headers });
      stream.end(push.body);
      await assert.rejects(once(stream, 'response'));
      assert.equal(stream.rstCode, code);
      assert.equal((await send(h2, push)).status, 200);
      assert.equal(apns.connections, 1);
    });
  }

  test('says GOAWAY to this request and all later ones', async (test) => {
    const { apns, push, h2 } = await setUp(test);
    assert.equal((await send(h2, push)).status, 200);
    apns.script([{ goaway: 'now', reason: 'Shutdown' }]);
    const gone = once(h2.session, 'goaway');
    const refused = assert.rejects(send(h2, push));
    const [code, lastStream, debug] = await gone;
    assert.deepEqual([code, lastStream], [0, 1]);
    assert.deepEqual(JSON.parse(String(Buffer.from(debug))), { reason: 'Shutdown' });
    h2.session.destroy();
    await refused;
    assert.deepEqual([apns.faulted.length, apns.accepted.length], [1, 1]);
  });

  test('refuses the very first request with its GOAWAY', async (test) => {
    const { apns, push, h2 } = await setUp(test);
    apns.script([{ goaway: 'now' }]);
    await assert.rejects(send(h2, push));
    assert.equal(apns.accepted.length, 0);
  });

  test('answers and then says GOAWAY', async (test) => {
    const { apns, push, h2 } = await setUp(test);
    apns.script([{ goaway: 'after' }]);
    const gone = once(h2.session, 'goaway');
    assert.equal((await send(h2, push)).status, 200);
    const [, lastStream] = await gone;
    assert.equal(lastStream, 1);
    assert.equal(apns.accepted.length, 1);
  });

  test('resets the TCP connection', async (test) => {
    const { apns, push, h2 } = await setUp(test);
    apns.script([{ drop: true }]);
    const seen = DIES_OF_RESET ? /closed without a response/ : { code: 'ECONNRESET' };
    await assert.rejects(send(h2, push), seen);
    assert.equal(apns.faulted.length, 1);
  });

  test('leaves one request without an answer', async (test) => {
    const { apns, push, h2 } = await setUp(test);
    apns.script([{ stall: 'request' }]);
    const stalled = assert.rejects(send(h2, push));
    await apns.waitForFaulted(1);
    assert.equal((await send(h2, push)).status, 200);
    h2.session.destroy();
    await stalled;
  });

  test('leaves a whole connection without answers', async (test) => {
    const { apns, push, h2 } = await setUp(test);
    apns.script([{ stall: 'connection' }]);
    const stalled = [send(h2, push), send(h2, push)].map((sent) => assert.rejects(sent));
    await apns.waitForFaulted(1);
    assert.equal((await send(await openH2(test, apns), push)).status, 200);
    h2.session.destroy();
    await Promise.all(stalled);
    assert.deepEqual([apns.faulted.length, apns.accepted.length], [1, 1]);
  });
});

describe('a service', () => {
  test('refuses connections while its listener is closed', async (test) => {
    const { apns, push, h2 } = await setUp(test);
    apns.closeListener();
    await assert.rejects(openH2(test, apns), { code: 'ECONNREFUSED' });
    assert.equal((await send(h2, push)).status, 200, 'the open connection lives on');
    await apns.openListener();
    assert.equal((await send(await openH2(test, apns), push)).status, 200);
  });

  test('shows a wrong certificate', async (test) => {
    const { apns } = await setUp(test);
    apns.presentCertificate('otherHost');
    await assert.rejects(openH2(test, apns), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    apns.presentCertificate('untrusted');
    await assert.rejects(openH2(test, apns), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    apns.presentCertificate('loopback');
    await openH2(test, apns);
  });

  test('drops all connections', async (test) => {
    const { apns, h2 } = await setUp(test);
    apns.dropConnections();
    await once(h2.session, 'close');
  });
});
