#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/version.hpp>
#if BOOST_VERSION >= 108200
#include <boost/asio/associated_immediate_executor.hpp>
#endif

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace e2b::inline v0::detail {

// How the arguments reach a handler: as they are.
struct Plainly {
    template <class Handler, class... Args>
    static void deliver(Handler& handler, Args&&... args) {
        std::move(handler)(std::forward<Args>(args)...);
    }
};

// A completion handler of any type, for what is compiled once. It keeps the handler's associated executor,
// cancellation slot and immediate executor, and lives in the memory of its associated allocator, which it
// gives back before it calls the handler.
//
// Boost has one (any_completion_handler), but that of 1.81 cannot be assigned to and knows no immediate
// executor.
template <class... Args>
class AnyHandler {
public:
    using executor_type = boost::asio::any_io_executor;
    using cancellation_slot_type = boost::asio::cancellation_slot;

    // `io_executor` is for handlers that have none of their own.
    template <class Delivery, class Handler>
    static AnyHandler of(Handler&& handler, boost::asio::any_io_executor const& io_executor) {
        using Held = Holder<std::decay_t<Handler>, Delivery>;
        AnyHandler made;
        auto const own = boost::asio::get_associated_executor(handler, io_executor);
        made.executor_ = own;
        made.slot_ = boost::asio::get_associated_cancellation_slot(handler);
#if BOOST_VERSION >= 108200
        made.set_immediate(boost::asio::get_associated_immediate_executor(handler, own));
#endif
        made.held_ = Held::make(std::forward<Handler>(handler));
        return made;
    }

    AnyHandler(AnyHandler&& other) noexcept
        : held_(std::exchange(other.held_, nullptr)),
          executor_(std::move(other.executor_)),
          immediate_(std::move(other.immediate_)),
          slot_(other.slot_) {}
    AnyHandler& operator=(AnyHandler other) noexcept {
        std::swap(held_, other.held_);
        std::swap(executor_, other.executor_);
        std::swap(immediate_, other.immediate_);
        std::swap(slot_, other.slot_);
        return *this;
    }
    ~AnyHandler() {
        if (held_ != nullptr)
            held_->destroy();
    }

    [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }
    [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept { return slot_; }
    // For what ends within the initiating function. Empty: it is posted.
    [[nodiscard]] boost::asio::any_io_executor const& immediate_executor() const noexcept {
        return immediate_;
    }

    // Once.
    void operator()(Args... args) { std::exchange(held_, nullptr)->call(std::move(args)...); }

private:
    struct Base {
        // Both end the holder.
        virtual void call(Args... args) = 0;
        virtual void destroy() noexcept = 0;

    protected:
        ~Base() = default;
    };

    template <class Handler, class Delivery>
    struct Holder final : Base {
        using Associated = boost::asio::associated_allocator_t<Handler>;
        using Allocator = typename std::allocator_traits<Associated>::template rebind_alloc<Holder>;
        using Traits = std::allocator_traits<Allocator>;

        explicit Holder(Handler&& own) : handler(std::move(own)) {}
        explicit Holder(Handler const& own) : handler(own) {}

        template <class Any>
        static Base* make(Any&& handler) {
            Allocator allocator(boost::asio::get_associated_allocator(handler));
            Memory memory{allocator, Traits::allocate(allocator, 1)};
            auto* const made = std::to_address(memory.at);
            Traits::construct(allocator, made, std::forward<Any>(handler));
            memory.at = nullptr;
            return made;
        }

        void call(Args... args) override {
            Allocator allocator(boost::asio::get_associated_allocator(handler));
            Handler own(std::move(handler));
            destroy(allocator);
            Delivery::deliver(own, std::move(args)...);
        }
        void destroy() noexcept override {
            Allocator allocator(boost::asio::get_associated_allocator(handler));
            destroy(allocator);
        }
        void destroy(Allocator& allocator) noexcept {
            Traits::destroy(allocator, this);
            Traits::deallocate(allocator, std::pointer_traits<Pointer>::pointer_to(*this), 1);
        }

        Handler handler;

    private:
        using Pointer = typename Traits::pointer;

        struct Memory {
            Allocator& allocator;
            Pointer at;

            ~Memory() {
                if (at != nullptr)
                    Traits::deallocate(allocator, at, 1);
            }
        };
    };

    AnyHandler() = default;

    template <class Executor>
    void set_immediate(Executor const& executor) {
        if constexpr (std::is_convertible_v<Executor, boost::asio::any_io_executor>)
            immediate_ = executor;
    }

    Base* held_ = nullptr;
    boost::asio::any_io_executor executor_;
    boost::asio::any_io_executor immediate_;
    boost::asio::cancellation_slot slot_;
};

} // namespace e2b::inline v0::detail
