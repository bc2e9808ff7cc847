#include "service/gateway/http_call.h"

#include <zlib.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/api/unknown_fields.h"
#include "service/base/error.h"
#include "service/base/status_macros.h"

namespace collate::gateway {
namespace {

// Less is not worth the time.
constexpr size_t kLeastGzip = 1400;

// Empty when zlib has no memory.
std::string Gzip(const std::string& text) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  constexpr int kQuick = 4;
  if (deflateInit2(&stream, kQuick, Z_DEFLATED, kGzipWindow, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return "";
  }
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in =
      reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib's API
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(result == Z_STREAM_END ? stream.total_out : 0);
  deflateEnd(&stream);
  return out;
}

}  // namespace

HttpCall::HttpCall(const Options& options,
                   std::shared_ptr<Connection> connection)
    : options_(options),
      connection_(std::move(connection)),
      call_(*options.calls->options().clock) {}

absl::Status HttpCall::Open(api::Arrival arrival) {
  return options_.calls->Open(std::move(arrival), options_.method->name,
                              options_.method->kind, call_);
}

void HttpCall::Refuse(const absl::Status& status) {
  Finish(status, "", /*last=*/true);
}

void HttpCall::Cancel() {
  options_.calls->Cancel(call_);
  std::lock_guard lock(mutex_);
  broken_ = true;
  changed_.notify_all();
}

void HttpCall::Run(std::string body) {
  const absl::Status status =
      options_.calls->Schedule([self = shared_from_this(),
                                body = std::move(body)] { self->Handle(body); },
                               call_);
  if (!status.ok()) Finish(status, "", /*last=*/false);
}

void HttpCall::Handle(const std::string& body) {
  std::string answer;
  absl::Status outcome = api::Outcome(
      call_.context,
      api::Guarded([this, &body, &answer] { return Answer(body, answer); }));
  if (options_.method->stream) {
    std::unique_lock lock(mutex_);
    const absl::Status sent = AwaitSent(lock);
    if (outcome.ok()) outcome = sent;
  }
  Finish(outcome, std::move(answer), /*last=*/false);
}

absl::Status HttpCall::Answer(const std::string& body, std::string& answer) {
  absl::string_view bytes = body;
  if (options_.type.streaming) {
    COLLATE_ASSIGN_OR_RETURN(bytes, ReadEnvelope(bytes));
  }
  const api::AnyMessage request(options_.method->request->New());
  COLLATE_RETURN_IF_ERROR(Decode(bytes, options_.type.encoding, request.get()));
  options_.calls->auditor().Describe(*request, call_.context);
  COLLATE_RETURN_IF_ERROR(options_.calls->Begin(call_));
  COLLATE_RETURN_IF_ERROR(api::CheckNoUnknownFields(*request));
  if (options_.method->stream) {
    return options_.method->stream(call_.context, *request, *this);
  }
  COLLATE_ASSIGN_OR_RETURN(const api::AnyMessage response,
                           options_.method->answer(call_.context, *request));
  COLLATE_ASSIGN_OR_RETURN(answer, Encode(*response, options_.type.encoding));
  return absl::OkStatus();
}

Reply HttpCall::ReplyOf(const absl::Status& outcome, std::string answer) const {
  Reply reply;
  reply.headers = {{"x-request-id", call_.context.request_id},
                   {"cache-control", "no-store"}};
  if (options_.method->stream) {
    // Connect tells the outcome of a stream in its last message.
    reply.headers.emplace_back("content-type", NameOf(options_.type));
    return reply;
  }
  if (!outcome.ok()) {
    answer = ErrorJson(outcome);
    reply.status = HttpStatusOf(outcome.code());
    const auto delay = base::DetailOf(outcome).retry_delay;
    if (delay.has_value()) {
      reply.headers.emplace_back("retry-after",
                                 absl::StrCat(absl::ToInt64Seconds(
                                     absl::Ceil(*delay, absl::Seconds(1)))));
    }
    if (reply.status == 401) {
      reply.headers.emplace_back("www-authenticate", "Bearer");
    }
  }
  reply.headers.emplace_back("content-type", outcome.ok()
                                                 ? NameOf(options_.type)
                                                 : "application/json");
  reply.headers.emplace_back("vary", "accept-encoding");
  if (options_.takes_gzip && answer.size() >= kLeastGzip) {
    std::string gzip = Gzip(answer);
    if (!gzip.empty()) {
      answer = std::move(gzip);
      reply.headers.emplace_back("content-encoding", "gzip");
    }
  }
  reply.body = std::make_shared<const std::string>(std::move(answer));
  return reply;
}

void HttpCall::Finish(const absl::Status& outcome, std::string answer,
                      bool last) {
  options_.calls->Close(call_, outcome);
  const Connection::Sent forget = [self = shared_from_this()](bool) {
    self->options_.calls->Forget(self->call_);
  };
  Reply reply = ReplyOf(outcome, std::move(answer));
  reply.last = last;
  if (!options_.method->stream) {
    connection_->Send(std::move(reply), forget);
    return;
  }
  bool head_sent = false;
  {
    std::lock_guard lock(mutex_);
    head_sent = head_sent_;
  }
  if (!head_sent) {
    reply.body = std::make_shared<const std::string>(EndOfStream(outcome));
    connection_->Send(std::move(reply), forget);
    return;
  }
  connection_->SendPart(EndOfStream(outcome), [](bool) {});
  connection_->SendEnd(forget);
}

absl::Status HttpCall::Write(api::AnyMessage message) {
  COLLATE_ASSIGN_OR_RETURN(const std::string bytes,
                           Encode(*message, options_.type.encoding));
  std::unique_lock lock(mutex_);
  COLLATE_RETURN_IF_ERROR(AwaitSent(lock));
  StartSending(Envelope(bytes));
  return absl::OkStatus();
}

void HttpCall::TryWrite(api::AnyMessage message) {
  const absl::StatusOr<std::string> bytes =
      Encode(*message, options_.type.encoding);
  std::unique_lock lock(mutex_);
  if (bytes.ok() && !broken_ && !sending_) StartSending(Envelope(*bytes));
}

absl::Status HttpCall::AwaitSent(std::unique_lock<std::mutex>& lock) {
  const absl::Time silent_until =
      call_.context.clock.Now() + options_.max_silence;
  changed_.wait_until(
      lock, absl::ToChronoTime(std::min(silent_until, call_.context.deadline)),
      [this] { return !sending_ || broken_; });
  COLLATE_RETURN_IF_ERROR(call_.context.Check());
  if (broken_) {
    return base::Error(absl::StatusCode::kCancelled, "CANCELLED",
                       "the connection to the caller is gone");
  }
  if (!sending_) return absl::OkStatus();
  return base::Error(absl::StatusCode::kDeadlineExceeded, "STREAM_SILENT",
                     "the caller took nothing for too long")
      .With("seconds",
            absl::StrCat(absl::ToInt64Seconds(options_.max_silence)));
}

void HttpCall::StartSending(std::string part) {
  if (!head_sent_) {
    head_sent_ = true;
    connection_->SendHead(ReplyOf(absl::OkStatus(), ""), [](bool) {});
  }
  sending_ = true;
  connection_->SendPart(std::move(part), [self = shared_from_this()](bool ok) {
    std::lock_guard lock(self->mutex_);
    self->sending_ = false;
    if (!ok) self->broken_ = true;
    self->changed_.notify_all();
  });
}

}  // namespace collate::gateway
