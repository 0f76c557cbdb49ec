// Options and measuring for load generators on Node, as in support/options.hpp and support/meter.hpp.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

export function parse() {
  const names = ['url', 'ca', 'key', 'concurrency', 'warmup', 'requests', 'seconds', 'rate']
  const { values } = parseArgs({ options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) })
  const concurrency = Number(values.concurrency ?? 1)
  return {
    ...values,
    concurrency,
    warmup: Number(values.warmup ?? 2000 + 3 * concurrency),
    requests: Number(values.requests ?? 0),
    seconds: Number(values.seconds ?? 1),
    rate: Number(values.rate ?? 0),
  }
}

export const sandboxId = (index) => 'i' + String(index).padStart(20, '0')

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

class Meter {
  constructor(options) {
    this.options = options
    this.interval = options.rate > 0 ? 1000 / options.rate : 0
    this.running = true
    this.measuring = false
    this.seen = this.errors = 0
    this.latencies = []
    if (options.warmup === 0) this.begin(performance.now())
  }

  // In milliseconds, as performance.now().
  nextStart() {
    if (this.interval === 0 || !this.measuring) return performance.now()
    return (this.next += this.interval)
  }

  ended(start, success) {
    const now = performance.now()
    if (!this.measuring) {
      if (this.running && ++this.seen >= this.options.warmup) this.begin(now)
      return
    }
    if (this.interval !== 0 && start < this.began) return
    if (!success) this.errors++
    this.latencies.push(now - start)
    const { requests, seconds } = this.options
    if (requests ? this.latencies.length >= requests : now - this.began >= seconds * 1000) this.finish(now)
  }

  begin(now) {
    this.measuring = true
    this.began = this.next = now
    this.cpuBegan = cpuSeconds()
  }

  finish(now) {
    this.cpu = cpuSeconds() - this.cpuBegan
    this.seconds = (now - this.began) / 1000
    this.residentKb = Number(/VmRSS:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1])
    this.measuring = this.running = false
  }

  report() {
    const sorted = Float64Array.from(this.latencies).sort()
    const quantile = (share) => sorted[Math.floor(share * (sorted.length - 1))] * 1000
    return JSON.stringify({
      requests: sorted.length, errors: this.errors, seconds: this.seconds, cpu_seconds: this.cpu,
      p50_us: quantile(0.5), p90_us: quantile(0.9), p99_us: quantile(0.99), rss_mb: this.residentKb / 1024,
    })
  }
}

// Keeps `exchange(sandboxId)` in flight as often as asked; it throws if it fails.
export async function load(options, exchange) {
  const meter = new Meter(options)
  let said = false
  const work = async (index) => {
    const id = sandboxId(index)
    while (meter.running) {
      const start = meter.nextStart()
      const early = start - performance.now()
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
      let success = true
      try {
        await exchange(id)
      } catch (error) {
        success = false
        if (!said) console.error(error)
        said = true
      }
      meter.ended(start, success)
    }
  }
  await Promise.all(Array.from({ length: options.concurrency }, (_, index) => work(index)))
  process.stdout.write(meter.report() + '\n', () => process.exit(0))
}
