// Go's net/http: one shared client whose transport keeps a connection for each request in flight, bodies read
// to their end so that connections are reused, and the answer parsed by encoding/json.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

type snapshot struct {
	SnapshotID string   `json:"snapshotID"`
	Names      []string `json:"names"`
}

func newClient(o options) *http.Client {
	pem, err := os.ReadFile(o.ca)
	roots := x509.NewCertPool()
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		fmt.Fprintln(os.Stderr, "go: the CA file", err)
		os.Exit(1)
	}
	return &http.Client{
		Timeout: 30 * time.Second,
		Transport: &http.Transport{
			TLSClientConfig:     &tls.Config{RootCAs: roots},
			TLSHandshakeTimeout: 30 * time.Second,
			MaxIdleConns:        o.concurrency,
			MaxIdleConnsPerHost: o.concurrency,
			// Otherwise a request that waits dials, whether or not a connection comes free meanwhile: with 10,000 in
			// flight that takes more than 20,000 descriptors.
			MaxConnsPerHost: o.concurrency,
		},
	}
}

func exchange(client *http.Client, url, key string) error {
	request, err := http.NewRequest(http.MethodPost, url, strings.NewReader("{}"))
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "bench")
	request.Header.Set("X-API-Key", key)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusCreated {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	var answer snapshot
	return json.Unmarshal(body, &answer)
}

func main() {
	o := parseOptions()
	client, meter := newClient(o), newMeter(o)
	var workers sync.WaitGroup
	var once sync.Once
	for i := 0; i < o.concurrency; i++ {
		workers.Add(1)
		go func(url string) {
			defer workers.Done()
			for {
				start, more := meter.start()
				if !more {
					return
				}
				time.Sleep(time.Until(start))
				err := exchange(client, url, o.key)
				if err != nil {
					once.Do(func() { fmt.Fprintln(os.Stderr, "go:", err) })
				}
				meter.ended(start, err == nil)
			}
		}(fmt.Sprintf("%s/sandboxes/i%020d/snapshots", o.url, i))
	}
	workers.Wait()
	fmt.Println(string(meter.line))
}
