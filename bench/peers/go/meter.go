package main

import (
	"encoding/json"
	"flag"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// options are those of support/options.hpp.
type options struct {
	url, ca, key                  string
	concurrency, warmup, requests int
	seconds, rate                 float64
}

func parseOptions() options {
	var o options
	flag.StringVar(&o.url, "url", "", "https://HOST:PORT")
	flag.StringVar(&o.ca, "ca", "", "the CA's file")
	flag.StringVar(&o.key, "key", "", "the API key")
	flag.IntVar(&o.concurrency, "concurrency", 1, "requests in flight")
	flag.IntVar(&o.warmup, "warmup", -1, "requests before the measurement begins")
	flag.IntVar(&o.requests, "requests", 0, "requests to measure, instead of a time")
	flag.Float64Var(&o.seconds, "seconds", 1, "how long to measure")
	flag.Float64Var(&o.rate, "rate", 0, "requests per second at fixed times")
	flag.Parse()
	if o.warmup < 0 {
		o.warmup = 2000 + 3*o.concurrency
	}
	return o
}

// meter measures as support/meter.hpp does.
type meter struct {
	mutex           sync.Mutex
	options         options
	interval        time.Duration
	measuring, over bool
	seen, errors    int
	began, next     time.Time
	cpuBegan        time.Duration
	latencies       []float64 // in microseconds
	line            []byte
}

func newMeter(o options) *meter {
	m := &meter{options: o}
	if o.rate > 0 {
		m.interval = time.Duration(1e9 / o.rate)
	}
	if o.warmup == 0 {
		m.begin(time.Now())
	}
	return m
}

// start says when the next request is to start, and whether there is to be one.
func (m *meter) start() (time.Time, bool) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.interval == 0 || !m.measuring {
		return time.Now(), !m.over
	}
	m.next = m.next.Add(m.interval)
	return m.next, true
}

func (m *meter) ended(start time.Time, success bool) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	now := time.Now()
	if !m.measuring {
		if m.seen++; !m.over && m.seen >= m.options.warmup {
			m.begin(now)
		}
		return
	}
	if m.interval != 0 && start.Before(m.began) {
		return
	}
	if !success {
		m.errors++
	}
	m.latencies = append(m.latencies, float64(now.Sub(start))/1e3)
	if m.options.requests > 0 && len(m.latencies) >= m.options.requests ||
		m.options.requests == 0 && now.Sub(m.began).Seconds() >= m.options.seconds {
		m.finish(now)
	}
}

func (m *meter) begin(now time.Time) {
	m.measuring, m.began, m.next, m.cpuBegan = true, now, now, cpuTime()
}

func (m *meter) finish(now time.Time) {
	cpu, resident := cpuTime()-m.cpuBegan, residentMB()
	m.measuring, m.over = false, true
	sort.Float64s(m.latencies)
	quantile := func(share float64) float64 { return m.latencies[int(share*float64(len(m.latencies)-1))] }
	m.line, _ = json.Marshal(map[string]any{
		"requests": len(m.latencies), "errors": m.errors, "seconds": now.Sub(m.began).Seconds(),
		"cpu_seconds": cpu.Seconds(), "p50_us": quantile(0.5), "p90_us": quantile(0.9), "p99_us": quantile(0.99),
		"rss_mb": resident,
	})
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func residentMB() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.ParseFloat(fields[0], 64)
	return kb / 1024
}
