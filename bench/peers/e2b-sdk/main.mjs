// The official JavaScript SDK as its users call it. Its CA comes from NODE_EXTRA_CA_CERTS.
import { Sandbox } from 'e2b'
import { load, parse } from '../support/meter.mjs'

const options = parse()
const config = { apiKey: options.key, apiUrl: options.url }

await load(options, async (id) => {
  const snapshot = await Sandbox.createSnapshot(id, config)
  if (!snapshot.snapshotId) throw new Error('no snapshot')
})
