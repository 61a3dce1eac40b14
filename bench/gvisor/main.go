// SPDX-License-Identifier: ISC

// bench-gvisor: gVisor's netstack, asked the questions of the suite
//
//	bench-gvisor bulk | rr | crr [name=value]...
//
// Two stacks in one process, each with a channel endpoint, and a goroutine each
// way that carries packets across: the payload is handed over, not copied.
// Checksums are made and checked; the MTU is 1500.  The application uses the
// adapters of net.Conn, with a goroutine for each connection, as Go programs
// do.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
)

const (
	port  = 5201
	size  = 64
	chunk = 65536
	depth = 4096 // packets of a channel
	nic   = 1
)

var addresses = [2]tcpip.Address{"\x0a\x00\x00\x01", "\x0a\x00\x00\x02"}

func must(ok bool, what string) {
	if !ok {
		fmt.Fprintln(os.Stderr, what)
		os.Exit(1)
	}
}

func argument(name string, initial int) int {
	units := map[string]int{"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
	for _, word := range os.Args[1:] {
		found := strings.HasPrefix(word, name+"=")
		if !found {
			continue
		}
		text, unit := strings.TrimPrefix(word, name+"="), 1
		for suffix, value := range units {
			if strings.HasSuffix(text, suffix) {
				text, unit = strings.TrimSuffix(text, suffix), value
			}
		}
		n, err := strconv.Atoi(text)
		must(err == nil, name)
		return n * unit
	}
	return initial
}

func cpu() float64 {
	var u syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &u) == nil, "getrusage")
	return float64(u.Utime.Nano()+u.Stime.Nano()) * 1e-9
}

// measure lets work go on for as long as was asked, and prints the figure.
func measure(unit string, done func() float64) {
	limit := time.Duration(argument("seconds", 2)) * time.Second
	start, cpuStart, doneStart := time.Now(), cpu(), done()
	time.Sleep(limit)
	work, used := done()-doneStart, cpu()-cpuStart
	line, _ := json.Marshal(map[string]any{
		"figure": "", "unit": unit, "value": work / used,
		"wall_s": time.Since(start).Seconds(), "cpu_s": used,
	})
	fmt.Println(string(line))
}

func newStack(i int) (*stack.Stack, *channel.Endpoint) {
	window := argument("window", 65536)
	s := stack.New(stack.Options{
		NetworkProtocols:   []stack.NetworkProtocolFactory{ipv4.NewProtocol},
		TransportProtocols: []stack.TransportProtocolFactory{tcp.NewProtocol},
	})
	link := channel.New(depth, 1500, "")
	must(s.CreateNIC(nic, link) == nil, "NIC")
	must(s.AddProtocolAddress(nic, tcpip.ProtocolAddress{
		Protocol: ipv4.ProtocolNumber,
		AddressWithPrefix: tcpip.AddressWithPrefix{
			Address: addresses[i], PrefixLen: 24},
	}, stack.AddressProperties{}) == nil, "address")
	s.SetRouteTable([]tcpip.Route{{
		Destination: header.IPv4EmptySubnet, NIC: nic}})
	in := tcpip.TCPReceiveBufferSizeRangeOption{
		Min: 4096, Default: window, Max: window}
	out := tcpip.TCPSendBufferSizeRangeOption{
		Min: 4096, Default: window, Max: window}
	sack := tcpip.TCPSACKEnabled(true)
	adapt := tcpip.TCPModerateReceiveBufferOption(false)
	must(s.SetTransportProtocolOption(tcp.ProtocolNumber, &in) == nil, "in")
	must(s.SetTransportProtocolOption(tcp.ProtocolNumber, &out) == nil, "out")
	must(s.SetTransportProtocolOption(tcp.ProtocolNumber, &sack) == nil, "sack")
	must(s.SetTransportProtocolOption(tcp.ProtocolNumber, &adapt) == nil, "adapt")
	return s, link
}

func carry(from, to *channel.Endpoint) {
	for {
		pkt := from.ReadContext(context.Background())
		if pkt.IsNil() {
			return
		}
		copied := stack.NewPacketBuffer(stack.PacketBufferOptions{
			Payload: pkt.ToBuffer()})
		to.InjectInbound(ipv4.ProtocolNumber, copied)
		copied.DecRef()
		pkt.DecRef()
	}
}

func dial(s *stack.Stack) *gonet.TCPConn {
	c, err := gonet.DialTCP(s, tcpip.FullAddress{
		NIC: nic, Addr: addresses[1], Port: port}, ipv4.ProtocolNumber)
	must(err == nil, fmt.Sprint("dial: ", err))
	return c
}

func serve(s *stack.Stack, handle func(io.ReadWriteCloser)) {
	l, err := gonet.ListenTCP(s, tcpip.FullAddress{
		NIC: nic, Addr: addresses[1], Port: port}, ipv4.ProtocolNumber)
	must(err == nil, fmt.Sprint("listen: ", err))
	go func() {
		for {
			c, err := l.Accept()
			must(err == nil, fmt.Sprint("accept: ", err))
			go handle(c)
		}
	}()
}

func bulk(s [2]*stack.Stack) {
	var received int64
	serve(s[1], func(c io.ReadWriteCloser) {
		buf := make([]byte, chunk)
		for {
			n, err := c.Read(buf)
			must(err == nil, fmt.Sprint("read: ", err))
			add(&received, int64(n))
		}
	})
	c := dial(s[0])
	go func() {
		buf := make([]byte, chunk)
		for {
			_, err := c.Write(buf)
			must(err == nil, fmt.Sprint("write: ", err))
		}
	}()
	time.Sleep(200 * time.Millisecond)
	measure("Gbit/s", func() float64 { return float64(get(&received)) * 8e-9 })
}

func echo(c io.ReadWriteCloser) {
	buf := make([]byte, size)
	for {
		if _, err := io.ReadFull(c, buf); err != nil {
			c.Close()
			return
		}
		c.Write(buf)
	}
}

// As many goroutines ask as there are requests under way; each has a share of
// the connections.
func rr(s [2]*stack.Stack) {
	var done int64
	conns := argument("conns", 1)
	asking := 32
	if conns < 100 {
		asking = 1
	}
	serve(s[1], echo)
	all := make([]*gonet.TCPConn, conns)
	for i := range all {
		all[i] = dial(s[0])
	}
	for i := 0; i < asking; i++ {
		mine := all[i*conns/asking : (i+1)*conns/asking]
		go func() {
			buf := make([]byte, size)
			for {
				c := mine[rand.Intn(len(mine))]
				c.Write(buf)
				_, err := io.ReadFull(c, buf)
				must(err == nil, fmt.Sprint("read: ", err))
				add(&done, 1)
			}
		}()
	}
	measure("transactions/s", func() float64 { return float64(get(&done)) })
}

func crr(s [2]*stack.Stack) {
	var done int64
	serve(s[1], echo)
	for i := 0; i < argument("at_a_time", 100); i++ {
		go func() {
			buf := make([]byte, size)
			for {
				c := dial(s[0])
				c.Write(buf)
				_, err := io.ReadFull(c, buf)
				must(err == nil, fmt.Sprint("read: ", err))
				c.Close()
				add(&done, 1)
			}
		}()
	}
	measure("connections/s", func() float64 { return float64(get(&done)) })
}

func main() {
	questions := map[string]func([2]*stack.Stack){
		"bulk": bulk, "rr": rr, "crr": crr}
	must(len(os.Args) > 1 && questions[os.Args[1]] != nil,
		"usage: bench-gvisor QUESTION [name=value]...")
	var s [2]*stack.Stack
	var link [2]*channel.Endpoint
	for i := range s {
		s[i], link[i] = newStack(i)
	}
	go carry(link[0], link[1])
	go carry(link[1], link[0])
	questions[os.Args[1]](s)
}
