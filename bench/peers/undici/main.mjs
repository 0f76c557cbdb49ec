// undici's Pool with a connection for each request in flight, through pool.request and body.json().
import { readFileSync } from 'node:fs'
import { Pool } from 'undici'
import { load, parse } from '../support/meter.mjs'

const options = parse()
const pool = new Pool(options.url, {
  connections: options.concurrency,
  connect: { ca: readFileSync(options.ca), timeout: 30_000 },
})
const headers = {
  'user-agent': 'bench',
  'x-api-key': options.key,
  accept: 'application/json',
  'content-type': 'application/json',
}

await load(options, async (id) => {
  const { statusCode, body } = await pool.request({
    method: 'POST', path: `/sandboxes/${id}/snapshots`, headers, body: '{}',
  })
  const snapshot = await body.json()
  if (statusCode !== 201 || !snapshot.snapshotID) throw new Error(`status ${statusCode}`)
})
