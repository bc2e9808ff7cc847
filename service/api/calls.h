// The life of a call, whichever transport it came by: one way in, through
// limits and identity, and one way out, through log, audit log and metrics.
//
// Open() admits a call and fills its CallContext; Begin() goes before the
// handler, on the thread that runs it; Close() comes once, before the outcome
// is sent; Forget() when nothing of the call is left with the transport.
//
// Thread-safe; one Call is used by one thread at a time, but for Cancel().

#ifndef COLLATE_SERVICE_API_CALLS_H_
#define COLLATE_SERVICE_API_CALLS_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/access/gate.h"
#include "service/api/admission.h"
#include "service/api/auditor.h"
#include "service/api/authorizer.h"
#include "service/api/call_context.h"
#include "service/api/call_rate.h"
#include "service/audit/audit_log.h"
#include "service/base/clock.h"
#include "service/base/executor.h"
#include "service/base/log.h"
#include "service/metrics/metrics.h"

namespace collate::api {

// What a transport knows of a call when it comes in.
struct Arrival {
  // "ipv4:127.0.0.1:5000", "ipv6:%5B::1%5D:5000" or "unix:".
  std::string peer;
  access::Credentials credentials;
  std::string request_id;  // the caller's; empty or unfit: one is made up
  absl::Time deadline = absl::InfiniteFuture();
};

// What all calls share. Outlives every call.
class Calls {
 public:
  struct Options {
    const base::Clock* clock = nullptr;
    base::Log* log = nullptr;
    const Authorizer* authorizer = nullptr;
    audit::AuditLog* audit = nullptr;         // none records nothing
    metrics::Metrics* metrics = nullptr;      // none counts nothing
    std::string disclosure_profile = "none";  // of all but whom roles exempt
    base::Executor::Options executor;
    Admission::Options admission;
    // Calls that one address may begin within a second.
    int64_t max_calls_per_second = 20000;
    int max_ingestions = 4;
    // Answers that are streamed at one time, in all and to one address.
    int max_downloads = 8;
    int max_downloads_per_address = 4;
    absl::Duration max_duration = absl::Seconds(60);
    absl::Duration max_ingestion_duration = absl::Minutes(15);
    absl::Duration max_download_duration = absl::Minutes(15);
    // A client that sends nothing, or takes nothing of an answer, for so long
    // has gone.
    absl::Duration max_silence = absl::Minutes(1);
  };

  // A call that is over for its handler, whose outcome its caller has yet to
  // take.
  struct Leaving {
    absl::Time since;
    std::string peer;
  };

  // What a call is decides its time limit and the threads that run it.
  enum class Kind {
    kQuestion,   // one message each way
    kIngestion,  // documents, as a stream or whole
    kDownload,   // one question, an answer in many messages
  };

  explicit Calls(const Options& options);
  ~Calls();  // Shutdown()

  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  // Ends the connection of a peer who goes on calling while refused, or cancels
  // call after call: gRPC does not. Of peers that are not the transport's
  // nothing happens. Before its first call comes in; never called once its last
  // one is forgotten.
  void AddTransport(std::function<void(absl::string_view peer)> disconnect);

  // One call as it is served.
  struct Call {
    explicit Call(const base::Clock& clock) : context(clock) {}
    CallContext context;
    Kind kind = Kind::kQuestion;
    absl::Time started;
    bool admitted = false;
    // Counted while one of the few places of its kind is taken; else null.
    Admission* place = nullptr;
    std::optional<std::list<Leaving>::iterator> leaving;
  };

  // A call has come whose message gRPC is to read. Of one that is reset before
  // that, no handler ever hears: without Receive() it counts like one that was
  // refused.
  void Expect(absl::string_view peer) {
    CountUseless(peer, options_.clock->Now());
  }
  void Receive(absl::string_view peer) { useless_.GiveBack(peer); }
  // `peer` has called what is none of our methods: ends its connection where it
  // had many.
  void CountOther(absl::string_view peer);

  // Fills `call` and decides whether it may go on.
  absl::Status Open(Arrival arrival, absl::string_view method, Kind kind,
                    Call& call);
  // Before a handler does anything: whether somebody still waits, and whether
  // the call is recorded where it must be. May wait for the disk.
  absl::Status Begin(Call& call);
  // Logs, records and counts the outcome, before it is sent: the place of a
  // stream is free before its caller hears of the end.
  void Close(Call& call, const absl::Status& outcome);
  // Nobody waits for the answer any more.
  void Cancel(Call& call);
  // The transport has nothing of it any more.
  void Forget(Call& call);

  // On the threads for its kind. RESOURCE_EXHAUSTED (reason OVERLOADED) when
  // there is no room.
  absl::Status Schedule(base::Executor::Task task, Call& call);

  // From now on new calls are UNAVAILABLE (reason DRAINING).
  void StopAdmitting() { draining_.store(true); }
  bool admitting() const { return !draining_.load(); }

  // Whose threads answer questions, for whoever watches that they get on.
  base::Executor& questions() { return executor_; }
  // What runs now and what waits, of each kind, for metrics.
  size_t pending_count(Kind kind) const;
  int live_count() const { return admission_.live_count(); }
  Admission& admission() { return admission_; }
  const Auditor& auditor() const { return auditor_; }
  const Options& options() const { return options_; }
  // Waits for tasks that were scheduled.
  void Shutdown();

 private:
  void Disconnect(absl::string_view peer);
  // Within `peer`'s limits.
  absl::Status Admit(absl::string_view peer, absl::Time now);
  // Ends the connection of `peer` where it had many such calls.
  void CountUseless(absl::string_view peer, absl::Time now);
  // Ends the connections of those who take no outcome for too long: their calls
  // would count as alive for ever.
  void EndSilent(absl::Time now);
  absl::Status ScheduleStream(base::Executor& executor, Admission& places,
                              base::Executor::Task task, Call& call);

  const Options options_;
  const std::string run_id_;  // makes request ids of two runs differ
  std::atomic<uint64_t> next_request_{1};
  std::atomic<bool> draining_{false};
  Auditor auditor_;
  CallRate calls_;    // of an address
  CallRate useless_;  // refused, cancelled or empty, of a connection
  CallRate others_;   // none of ours, of a connection
  CallRate logged_;   // refusals of an address
  std::atomic<int64_t> refused_{0};
  Admission admission_;
  base::Executor executor_;
  base::Executor ingestions_;
  base::Executor downloads_;
  Admission live_ingestions_;
  Admission live_downloads_;
  std::mutex transports_mutex_;  // guards transports_
  std::vector<std::function<void(absl::string_view)>> transports_;
  std::mutex leaving_mutex_;    // guards leaving_
  std::list<Leaving> leaving_;  // the longest first
};

// Runs `handle` and turns what libraries throw into a status.
absl::Status Guarded(const std::function<absl::Status()>& handle);

// The outcome of a call whose handler noticed that nobody waits any more:
// DEADLINE_EXCEEDED rather than CANCELLED when time ran out.
absl::Status Outcome(const CallContext& context, absl::Status status);

}  // namespace collate::api

#endif  // COLLATE_SERVICE_API_CALLS_H_
