// Command probe is what the cluster's own tests run in pods. Without arguments it answers on TCP 8080 and 8081 (HTTP) and on
// UDP 9000 with its name and the caller's address; asked for /reach?target=tcp/HOST:PORT&target=udp/HOST:PORT it tries all
// these at once and says of each whether it answers. With two arguments, it asks or touches a file once:
//
//	probe http URL | probe udp HOST:PORT | probe dns NAME | probe write FILE | probe read FILE
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	timeout      = 3 * time.Second
	reachTimeout = 600 * time.Millisecond
)

func main() {
	var err error
	if len(os.Args) == 3 {
		err = once(os.Args[1], os.Args[2])
	} else {
		err = serve()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func serve() error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	conn, err := net.ListenPacket("udp", ":9000")
	if err != nil {
		return err
	}
	go func() {
		buf := make([]byte, 1500)
		for {
			if _, from, err := conn.ReadFrom(buf); err == nil {
				fmt.Fprintf(packetWriter{conn, from}, "%s saw %s\n", host, from)
			}
		}
	}()
	second, err := net.Listen("tcp", ":8081")
	if err != nil {
		return err
	}
	answer := http.NewServeMux()
	answer.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s saw %s\n", host, r.RemoteAddr)
	})
	answer.HandleFunc("/reach", func(w http.ResponseWriter, r *http.Request) {
		for _, answered := range reach(r.URL.Query()["target"]) {
			fmt.Fprintln(w, answered)
		}
	})
	go http.Serve(second, answer)
	fmt.Println("probe is up on", host)
	return http.ListenAndServe(":8080", answer)
}

type packetWriter struct {
	conn net.PacketConn
	to   net.Addr
}

func (w packetWriter) Write(b []byte) (int, error) { return w.conn.WriteTo(b, w.to) }

func once(verb, what string) error {
	switch verb {
	case "http":
		client := http.Client{Timeout: timeout}
		res, err := client.Get(what)
		if err != nil {
			return err
		}
		defer res.Body.Close()
		_, err = io.Copy(os.Stdout, res.Body)
		return err
	case "udp":
		conn, err := net.Dial("udp", what)
		if err != nil {
			return err
		}
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
			return err
		}
		if _, err := conn.Write([]byte("who am I?")); err != nil {
			return err
		}
		buf := make([]byte, 1500)
		n, err := conn.Read(buf)
		os.Stdout.Write(buf[:n])
		return err
	case "dns":
		addresses, err := net.LookupHost(what)
		fmt.Println(addresses)
		return err
	case "write":
		return os.WriteFile(what, []byte("kept"), 0o644)
	case "read":
		content, err := os.ReadFile(what)
		os.Stdout.Write(content)
		return err
	}
	return fmt.Errorf("no verb %q", verb)
}

// reach says of each target whether it answers.
func reach(targets []string) []bool {
	answers := make([]bool, len(targets))
	var all sync.WaitGroup
	for i, target := range targets {
		all.Add(1)
		go func() {
			defer all.Done()
			answers[i] = isReached(target)
		}()
	}
	all.Wait()
	return answers
}

func isReached(target string) bool {
	network, address, _ := strings.Cut(target, "/")
	conn, err := net.DialTimeout(network, address, reachTimeout)
	if err != nil {
		return false
	}
	defer conn.Close()
	if network == "tcp" {
		return true
	}
	// A datagram may be lost where nothing forbids it: it is sent again.
	for end := time.Now().Add(reachTimeout); time.Now().Before(end); {
		conn.SetDeadline(time.Now().Add(reachTimeout / 4))
		if _, err := conn.Write([]byte("who am I?")); err != nil {
			return false
		}
		if _, err := conn.Read(make([]byte, 1500)); err == nil {
			return true
		}
	}
	return false
}
