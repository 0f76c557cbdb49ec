// The official SDK's calls for the whole life of a snapshot, as its users write them.
import assert from 'node:assert/strict'
import { Sandbox, NotFoundError, SandboxError } from 'e2b'

const [first, second, third, fourth, limited, busy] = process.env.SANDBOX_IDS.split(',')

async function all(paginator) {
  const pages = []
  while (paginator.hasNext) pages.push(await paginator.nextItems())
  return pages
}
const ids = async (options) => (await all(Sandbox.listSnapshots(options))).flat().map((s) => s.snapshotId)
const sandboxes = async (options) => (await all(Sandbox.list(options))).flat().map((s) => s.sandboxId)

const tests = {
  // The platform's clock moves when it has seen both.
  async 'of two snapshots at once the second is a conflict'() {
    const results = await Promise.allSettled([Sandbox.createSnapshot(fourth), Sandbox.createSnapshot(fourth)])
    assert.deepEqual(results.map((r) => r.status).sort(), ['fulfilled', 'rejected'])
    assert.equal(results.find((r) => r.status === 'rejected').reason.statusCode, 409)
  },
  async 'an unnamed snapshot has an id and no names'() {
    const snapshot = await Sandbox.createSnapshot(first)
    assert.match(snapshot.snapshotId, /^[a-z0-9]{20}:default$/)
    assert.deepEqual(snapshot.names, [])
    assert.deepEqual(await ids({ sandboxId: first }), [snapshot.snapshotId])
  },
  async 'a named snapshot has its team, alias and tag'() {
    assert.deepEqual(await Sandbox.createSnapshot(second, { name: 'sdk' }), {
      snapshotId: 'team-sim/sdk:default',
      names: ['team-sim/sdk'],
    })
    const tagged = await Sandbox.createSnapshot(second, { name: 'Sdk:v2' })
    assert.equal(tagged.snapshotId, 'team-sim/sdk:v2')
  },
  async 'snapshots are listed by sandbox and by name'() {
    assert.deepEqual(await ids({ sandboxId: second }), ['team-sim/sdk:v2'])
    assert.deepEqual(await ids({ name: 'sdk:default' }), ['team-sim/sdk:default'])
    assert.deepEqual(await ids({ name: 'team-sim/sdk:v2' }), ['team-sim/sdk:v2'])
    assert.deepEqual(await ids({ name: 'sdk:v2', sandboxId: second }), ['team-sim/sdk:v2'])
    assert.deepEqual(await ids({ name: 'sdk:v2', sandboxId: first }), [])
    assert.deepEqual(await ids({ name: 'sdk:v3' }), [])
    assert.deepEqual(await ids({ name: 'nobodys' }), [])
    const [unnamed] = await ids({ sandboxId: first })
    assert.deepEqual(await ids({ name: unnamed.split(':')[0] }), [unnamed])
  },
  async 'lists come in pages'() {
    for (let i = 0; i < 4; ++i) await Sandbox.createSnapshot(third)
    const pages = await all(Sandbox.listSnapshots({ sandboxId: third, limit: 2 }))
    assert.deepEqual(pages.map((page) => page.length), [2, 2])
    const whole = await ids()
    const paginator = Sandbox.listSnapshots({ limit: 4 })
    const start = await paginator.nextItems()
    assert.equal(paginator.hasNext, true)
    const rest = await ids({ nextToken: paginator.nextToken })
    assert.deepEqual([...start.map((s) => s.snapshotId), ...rest], whole)
    assert.equal(new Set(whole).size, whole.length)
  },
  async 'a sandbox is created from a snapshot, by id and by name'() {
    const [unnamed] = await ids({ sandboxId: first })
    for (const from of [unnamed, 'sdk', 'team-sim/sdk:v2']) {
      const sandbox = await Sandbox.create(from, { timeoutMs: 60_000, metadata: { from } })
      const info = await Sandbox.getInfo(sandbox.sandboxId)
      assert.equal(info.state, 'running')
      assert.deepEqual(info.metadata, { from })
      assert.deepEqual(await sandboxes({ query: { metadata: { from } } }), [sandbox.sandboxId])
      const again = await sandbox.createSnapshot()
      assert.deepEqual(await ids({ sandboxId: sandbox.sandboxId }), [again.snapshotId])
      assert.equal(await Sandbox.kill(sandbox.sandboxId), true)
      assert.equal(await Sandbox.kill(sandbox.sandboxId), false)
      await assert.rejects(Sandbox.getInfo(sandbox.sandboxId), NotFoundError)
    }
    await assert.rejects(Sandbox.create('nobodys'), SandboxError)
  },
  async 'sandboxes are listed by every filter'() {
    const metadata = { 'a b': 'c&d=%25+', 'ü': '/?#' }
    const made = await Sandbox.create('sdk', { timeoutMs: 60_000, metadata })
    assert.deepEqual(await sandboxes({ query: { metadata } }), [made.sandboxId])
    assert.deepEqual(await sandboxes({ query: { metadata: { ...metadata, x: 'y' } } }), [])
    assert.deepEqual(await sandboxes({ query: { template: 'sdk' } }), [made.sandboxId])
    const { startedAt } = await Sandbox.getInfo(made.sandboxId)
    assert.deepEqual(await sandboxes({ query: { startedAfter: startedAt } }), [made.sandboxId])
    assert.equal(await Sandbox.pause(made.sandboxId), true)
    assert.equal(await Sandbox.pause(made.sandboxId), false)
    assert.deepEqual(await sandboxes({ query: { state: ['paused'] } }), [made.sandboxId])
    assert.equal((await sandboxes({ query: { state: ['running'] } })).length, 6)
    const whole = await sandboxes({ query: { state: ['running', 'paused'] } })
    assert.equal(whole.length, 7)
    assert.equal(whole[0], made.sandboxId)
    assert.deepEqual(await sandboxes({ order: 'asc' }), whole.toReversed())
    const pages = await all(Sandbox.list({ order: 'asc', limit: 3 }))
    assert.deepEqual(pages.map((page) => page.length), [3, 3, 1])
    // Its template cannot be deleted while it is paused.
    await assert.rejects(Sandbox.deleteSnapshot('sdk'), SandboxError)
    assert.equal(await Sandbox.kill(made.sandboxId), true)
  },
  async 'a snapshot is deleted once'() {
    const [unnamed] = await ids({ sandboxId: first })
    assert.equal(await Sandbox.deleteSnapshot(unnamed), true)
    assert.equal(await Sandbox.deleteSnapshot(unnamed), false)
    assert.equal(await Sandbox.deleteSnapshot('team-sim/sdk:v2'), true)
    assert.deepEqual(await ids({ name: 'sdk' }), [])
    assert.equal(await Sandbox.deleteSnapshot('nobodys'), false)
  },
  async 'errors are the SDK\'s own'() {
    await assert.rejects(Sandbox.createSnapshot('i0123456789abcdefghij'), NotFoundError)
    await assert.rejects(Sandbox.createSnapshot(first, { name: 'a b' }), SandboxError)
    await assert.rejects(Sandbox.createSnapshot(first, { apiKey: 'e2b_' + '0'.repeat(40) }), {
      name: 'AuthenticationError',
    })
    await assert.rejects(Sandbox.createSnapshot(busy), { name: 'ServiceBusyError' })
  },
  async 'after 429 the SDK waits as told and tries again'() {
    const snapshot = await Sandbox.createSnapshot(limited)
    assert.match(snapshot.snapshotId, /:default$/)
  },
}

for (const [name, test] of Object.entries(tests)) {
  try {
    await test()
    console.log(`ok - ${name}`)
  } catch (error) {
    console.error(`not ok - ${name}\n`, error)
    process.exitCode = 1
  }
}
