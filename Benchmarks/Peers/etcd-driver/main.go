// etcd-driver puts load on an etcd cluster through clientv3 over gRPC, for quartet-bench, which reads what it prints and the
// samples that it leaves.
//
// It prints "ready" when keys are there, waits for "go", then prints "window" and "end" where the measured time begins and ends,
// "progress N" each second with the operations done so far, and "done" when the samples are written. Asked "leader" it prints
// "leader NAME". Times in the samples are nanoseconds since "go".
//
// While it runs it also answers "status" with "status NOW NEWEST OLDEST" (when the latest request began that has succeeded, and the
// oldest that is under way, -1 for none), and "settled" with "settled NAME" once every member is there, has caught up and agrees on
// that leader, else "unsettled WHY". "stop" ends the run early.
package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"math"
	"math/rand"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/etcd/clientv3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var (
	endpoints    = flag.String("endpoints", "", "client addresses, commas between them")
	clients      = flag.Int("clients", 64, "operations under way at once")
	connections  = flag.Int("connections", 1, "gRPC connections")
	keys         = flag.Int("keys", 10000, "how many keys")
	valueSize    = flag.Int("value-size", 256, "bytes of each value")
	seed         = flag.Int64("seed", 1, "decides the operations")
	mixText      = flag.String("mix", "put=100", "kinds with their shares")
	distribution = flag.String("distribution", "uniform", "uniform, zipfian or latest")
	fill         = flag.Bool("fill", false, "put every key first")
	warmUp       = flag.Int("warm-up", 2, "seconds before the window")
	seconds      = flag.Int("seconds", 10, "seconds of the window")
	rate         = flag.Float64("rate", 0, "operations a second of an open loop; 0: closed loop")
	samplesPath  = flag.String("samples", "", "where samples are written")
	keepHistory  = flag.Bool("history", false, "write the history as well")
)

const prefix = "bench/"

// What the run has come to, for "status".
var (
	origin   atomic.Value
	newest   int64 = -1
	underWay []int64
	stopped  int32
)

func isStopped() bool { return atomic.LoadInt32(&stopped) != 0 }

type share struct {
	kind    string
	percent int
}

type sample struct {
	kind                 string
	intended, begun, end int64
	failure              string
	payload              int
}

type event struct {
	kind, key, value, expected, outcome string
	start, end                          int64
	client                              int
}

func key(number int) string { return fmt.Sprintf("%s%012d", prefix, number) }

func die(what string, err error) {
	fmt.Fprintln(os.Stderr, what+":", err)
	os.Exit(1)
}

// Ranks from 0 with probability as 1/(rank+1)^0.99, as YCSB draws them.
type zipf struct {
	count     int
	zeta, eta float64
}

func newZipf(count int) zipf {
	sum := func(n int) (s float64) {
		for rank := 1; rank <= n; rank++ {
			s += 1 / math.Pow(float64(rank), 0.99)
		}
		return
	}
	zeta := sum(count)
	return zipf{count, zeta, (1 - math.Pow(2/float64(count), 0.01)) / (1 - sum(2)/zeta)}
}

func (z zipf) rank(random *rand.Rand) int {
	uniform := random.Float64()
	switch scaled := uniform * z.zeta; {
	case scaled < 1:
		return 0
	case scaled < 1+math.Pow(0.5, 0.99):
		return 1 % z.count
	}
	rank := int(float64(z.count) * math.Pow(z.eta*uniform-z.eta+1, 100))
	if rank >= z.count {
		return z.count - 1
	}
	return rank
}

type loadClient struct {
	number, sequence, inserted int
	store                      *clientv3.Client
	random                     *rand.Rand
	zipf                       zipf
	mix                        []share
	origin                     time.Time
	samples                    []sample
	events                     []event
	payload                    int
}

func (c *loadClient) value() string {
	c.sequence++
	bytes := make([]byte, *valueSize)
	c.random.Read(bytes)
	binary.LittleEndian.PutUint64(bytes, uint64(c.number))
	binary.LittleEndian.PutUint64(bytes[8:], uint64(c.sequence))
	return string(bytes)
}

func digest(value string) string {
	if !*keepHistory {
		return ""
	}
	sum := sha256.Sum256([]byte(value))
	return hex.EncodeToString(sum[:])
}

func (c *loadClient) plan() (string, int, int) {
	dice := c.random.Intn(100)
	kind := c.mix[len(c.mix)-1].kind
	for _, share := range c.mix {
		if dice < share.percent {
			kind = share.kind
			break
		}
		dice -= share.percent
	}
	if kind == "insert" {
		c.inserted++
		return kind, *keys + (c.inserted-1)**clients + c.number, 0
	}
	return kind, c.key(), c.key()
}

func (c *loadClient) key() int {
	switch *distribution {
	case "zipfian":
		mixed := (uint64(c.zipf.rank(c.random)) + 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9
		mixed = (mixed ^ mixed>>27) * 0x94D049BB133111EB
		return int((mixed ^ mixed>>31) % uint64(*keys))
	case "latest":
		back := c.zipf.rank(c.random)
		if back < c.inserted {
			return *keys + (c.inserted-1-back)**clients + c.number
		}
		return *keys - 1 - (back-c.inserted)%*keys
	}
	return c.random.Intn(*keys)
}

// What is known of a write that failed: only what was refused before it was proposed is certain.
func outcome(err error) string {
	if status.Code(err) == codes.ResourceExhausted {
		return "notApplied"
	}
	return "unknown"
}

func (c *loadClient) note(kind, key string, begun time.Time, value, expected, outcome string) {
	if *keepHistory {
		c.events = append(c.events, event{kind, key, value, expected, outcome,
			begun.Sub(c.origin).Nanoseconds(), time.Since(c.origin).Nanoseconds(), c.number})
	}
}

func (c *loadClient) put(ctx context.Context, key string) error {
	value, begun := c.value(), time.Now()
	_, err := c.store.Put(ctx, key, value)
	if err != nil {
		c.note("put", key, begun, digest(value), "", outcome(err))
		return err
	}
	c.note("put", key, begun, digest(value), "", "ok")
	c.payload += len(value)
	return nil
}

func (c *loadClient) get(ctx context.Context, kind, key string, options ...clientv3.OpOption) (string, int64, error) {
	begun := time.Now()
	answer, err := c.store.Get(ctx, key, options...)
	if err != nil {
		return "", 0, err
	}
	if len(answer.Kvs) == 0 {
		c.note(kind, key, begun, "", "", "ok")
		return "", 0, nil
	}
	seen := ""
	for _, row := range answer.Kvs {
		seen = digest(string(row.Value))
		c.note(kind, string(row.Key), begun, seen, "", "ok")
	}
	return seen, answer.Kvs[0].ModRevision, nil
}

func (c *loadClient) transaction(ctx context.Context, key, other string) error {
	value, begun := c.value(), time.Now()
	operations := []clientv3.Op{clientv3.OpGet(other), clientv3.OpPut(key, value)}
	answer, err := c.store.Txn(ctx).If(clientv3.Compare(clientv3.Version(key), "!=", 0)).Then(operations...).Else(operations...).Commit()
	if err != nil {
		c.note("put", key, begun, digest(value), "", outcome(err))
		return err
	}
	c.note("put", key, begun, digest(value), "", "ok")
	if rows := answer.Responses[0].GetResponseRange().Kvs; key != other {
		seen := ""
		if len(rows) > 0 {
			seen = digest(string(rows[0].Value))
		}
		c.note("get", other, begun, seen, "", "ok")
	}
	c.payload += len(value)
	return nil
}

func (c *loadClient) swap(ctx context.Context, key string) error {
	expected, revision, err := c.get(ctx, "get", key)
	if err != nil {
		return err
	}
	value, begun := c.value(), time.Now()
	answer, err := c.store.Txn(ctx).If(clientv3.Compare(clientv3.ModRevision(key), "=", revision)).Then(clientv3.OpPut(key, value)).Commit()
	if err != nil {
		c.note("cas", key, begun, digest(value), expected, outcome(err))
		return err
	}
	if !answer.Succeeded {
		c.note("cas", key, begun, digest(value), expected, "refused")
		return fmt.Errorf("somebody else was faster")
	}
	c.note("cas", key, begun, digest(value), expected, "ok")
	c.payload += len(value)
	return nil
}

func (c *loadClient) step(intended time.Time, done *int64) {
	kind, number, second := c.plan()
	begun := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c.payload = 0
	atomic.StoreInt64(&underWay[c.number], begun.Sub(c.origin).Nanoseconds())
	defer atomic.StoreInt64(&underWay[c.number], -1)
	var err error
	switch name := key(number); kind {
	case "get":
		_, _, err = c.get(ctx, "get", name)
	case "get-stale":
		_, _, err = c.get(ctx, "get-stale", name, clientv3.WithSerializable())
	case "range":
		_, _, err = c.get(ctx, "get", name, clientv3.WithRange(clientv3.GetPrefixRangeEnd(prefix)), clientv3.WithLimit(100))
	case "transaction":
		err = c.transaction(ctx, name, key(second))
	case "cas":
		err = c.swap(ctx, name)
	case "read-modify-write":
		if _, _, err = c.get(ctx, "get", name); err == nil {
			err = c.put(ctx, name)
		}
	default:
		err = c.put(ctx, name)
	}
	failure := ""
	if err != nil {
		failure = status.Code(err).String()
		if failure == "Unknown" {
			failure = err.Error()
		}
	} else {
		atomic.AddInt64(done, 1)
		for since := begun.Sub(c.origin).Nanoseconds(); ; {
			before := atomic.LoadInt64(&newest)
			if since <= before || atomic.CompareAndSwapInt64(&newest, before, since) {
				break
			}
		}
	}
	c.samples = append(c.samples, sample{kind, intended.Sub(c.origin).Nanoseconds(), begun.Sub(c.origin).Nanoseconds(),
		time.Since(c.origin).Nanoseconds(), failure, c.payload})
}

func fillKeys(store *clientv3.Client) []event {
	origin := time.Now()
	var wait sync.WaitGroup
	parts := make([][]event, 8)
	for worker := range parts {
		wait.Add(1)
		go func(worker int) {
			defer wait.Done()
			c := &loadClient{number: -1 - worker, store: store, random: rand.New(rand.NewSource(*seed + int64(worker))), origin: origin}
			for first := worker * 100; first < *keys; first += len(parts) * 100 {
				var operations []clientv3.Op
				var values []string
				for number := first; number < first+100 && number < *keys; number++ {
					values = append(values, c.value())
					operations = append(operations, clientv3.OpPut(key(number), values[len(values)-1]))
				}
				if _, err := store.Txn(context.Background()).Then(operations...).Commit(); err != nil {
					die("the keys could not be put", err)
				}
				for position, value := range values {
					// Before everything else: the run's clock has not begun.
					if *keepHistory {
						parts[worker] = append(parts[worker], event{"put", key(first + position), digest(value), "", "ok", -2, -1, -1})
					}
				}
			}
		}(worker)
	}
	wait.Wait()
	var all []event
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

func parseMix() (mix []share) {
	for _, part := range strings.Split(*mixText, ",") {
		words := strings.Split(part, "=")
		percent, err := strconv.Atoi(words[len(words)-1])
		if err != nil || len(words) != 2 {
			die("the mix cannot be read", fmt.Errorf("%q", part))
		}
		mix = append(mix, share{words[0], percent})
	}
	return
}

// Answers questions and tells when to begin.
func listen(store *clientv3.Client, start chan bool) {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		switch lines.Text() {
		case "go":
			start <- true
		case "leader":
			fmt.Println("leader", leader(store))
		case "status":
			fmt.Println(progress())
		case "settled":
			fmt.Println(settled(store))
		case "stop":
			atomic.StoreInt32(&stopped, 1)
		}
	}
	os.Exit(0)
}

func progress() string {
	oldest := int64(-1)
	for client := range underWay {
		if since := atomic.LoadInt64(&underWay[client]); since >= 0 && (oldest < 0 || since < oldest) {
			oldest = since
		}
	}
	return fmt.Sprintf("status %d %d %d", time.Since(origin.Load().(time.Time)).Nanoseconds(), atomic.LoadInt64(&newest), oldest)
}

// Entries that a member under load may be behind and still count as caught up.
const lagMax = 1000

func settled(store *clientv3.Client) string {
	var leader, highest, lowest uint64
	for _, endpoint := range strings.Split(*endpoints, ",") {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		answer, err := store.Status(ctx, endpoint)
		cancel()
		switch {
		case err != nil:
			return "unsettled " + endpoint + " does not answer"
		case answer.Leader == 0 || leader != 0 && answer.Leader != leader:
			return "unsettled " + endpoint + " sees another leader, or none"
		}
		leader = answer.Leader
		if answer.RaftIndex > highest {
			highest = answer.RaftIndex
		}
		if lowest == 0 || answer.RaftAppliedIndex < lowest {
			lowest = answer.RaftAppliedIndex
		}
	}
	if highest > lowest+lagMax {
		return fmt.Sprintf("unsettled a member is %d entries behind", highest-lowest)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	members, err := store.MemberList(ctx)
	if err != nil {
		return "unsettled no member list"
	}
	for _, member := range members.Members {
		if member.ID == leader {
			return "settled " + member.Name
		}
	}
	return "unsettled the leader is no member"
}

func leader(store *clientv3.Client) string {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	members, err := store.MemberList(ctx)
	if err != nil {
		return "?"
	}
	for _, endpoint := range strings.Split(*endpoints, ",") {
		answer, err := store.Status(ctx, endpoint)
		if err != nil {
			continue
		}
		for _, member := range members.Members {
			if member.ID == answer.Leader {
				return member.Name
			}
		}
	}
	return "?"
}

// Lets an open loop's arrivals in on a thread of its own: the runtime's timers may be a millisecond late.
func pace(arrivals chan time.Time, start time.Time, length time.Duration) {
	runtime.LockOSThread()
	for number := 0; ; number++ {
		next := start.Add(time.Duration(math.Round(float64(number) * 1e9 / *rate)))
		if next.Sub(start) >= length || isStopped() {
			close(arrivals)
			return
		}
		if left := time.Until(next); left > 0 {
			pause := syscall.NsecToTimespec(left.Nanoseconds())
			syscall.Nanosleep(&pause, nil)
		}
		arrivals <- next
	}
}

func run(stores []*clientv3.Client, start time.Time, filled []event) {
	length := time.Duration(*warmUp+*seconds) * time.Second
	var done int64
	arrivals := make(chan time.Time, 1+int(math.Min(*rate*length.Seconds(), 1<<20)))
	underWay = make([]int64, *clients)
	for client := range underWay {
		underWay[client] = -1
	}
	origin.Store(start)
	if *rate > 0 {
		go pace(arrivals, start, length)
	}
	var wait sync.WaitGroup
	loads := make([]*loadClient, *clients)
	ranks := newZipf(*keys)
	for number := range loads {
		c := &loadClient{number: number, store: stores[number%len(stores)], mix: parseMix(), origin: start, zipf: ranks,
			random: rand.New(rand.NewSource(*seed*1000003 + int64(number)))}
		loads[number] = c
		wait.Add(1)
		go func() {
			defer wait.Done()
			if *rate > 0 {
				for intended := range arrivals {
					if isStopped() {
						continue
					}
					c.step(intended, &done)
				}
				return
			}
			for now := time.Now(); now.Sub(start) < length && !isStopped(); now = time.Now() {
				c.step(now, &done)
			}
		}()
	}
	time.Sleep(time.Until(start.Add(time.Duration(*warmUp) * time.Second)))
	fmt.Println("window")
	for second := 1; second <= *seconds && !isStopped(); second++ {
		time.Sleep(time.Until(start.Add(time.Duration(*warmUp+second) * time.Second)))
		fmt.Println("progress", atomic.LoadInt64(&done))
	}
	fmt.Println("end")
	wait.Wait()
	save(stores[0], loads, filled)
	fmt.Println("done")
}

func save(store *clientv3.Client, loads []*loadClient, filled []event) {
	file, err := os.Create(*samplesPath)
	if err != nil {
		die("the samples cannot be written", err)
	}
	out := bufio.NewWriter(file)
	saveEvents := func(events []event) {
		for _, e := range events {
			fmt.Fprintf(out, "event\t%s\t%d\t%d\t%d\t%s\t%s\t%s\t%s\n", e.kind, e.start, e.end, e.client, e.key, e.value, e.expected, e.outcome)
		}
	}
	saveEvents(filled)
	for _, c := range loads {
		for _, s := range c.samples {
			fmt.Fprintf(out, "sample\t%s\t%d\t%d\t%d\t%d\t%s\n", s.kind, s.intended, s.begun, s.end, s.payload, s.failure)
		}
		saveEvents(c.events)
	}
	for from := prefix; *keepHistory; {
		answer, err := store.Get(context.Background(), from, clientv3.WithRange(clientv3.GetPrefixRangeEnd(prefix)), clientv3.WithLimit(500))
		if err != nil {
			die("the keys cannot be read", err)
		}
		for _, row := range answer.Kvs {
			fmt.Fprintf(out, "final\t%s\t%s\t%d\n", row.Key, digest(string(row.Value)), row.Version)
			from = string(row.Key) + "\x00"
		}
		if !answer.More {
			break
		}
	}
	if err := out.Flush(); err != nil {
		die("the samples cannot be written", err)
	}
	if err := file.Close(); err != nil {
		die("the samples cannot be written", err)
	}
}

func main() {
	flag.Parse()
	stores := make([]*clientv3.Client, *connections)
	for number := range stores {
		store, err := clientv3.New(clientv3.Config{Endpoints: strings.Split(*endpoints, ","), DialTimeout: 30 * time.Second})
		if err != nil {
			die("no connection", err)
		}
		stores[number] = store
	}
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	if _, err := stores[0].Get(ctx, "ready"); err != nil {
		die("the cluster does not answer", err)
	}
	cancel()
	var filled []event
	if *fill {
		filled = fillKeys(stores[0])
	}
	start := make(chan bool)
	go listen(stores[0], start)
	fmt.Println("ready")
	<-start
	run(stores, time.Now(), filled)
}
