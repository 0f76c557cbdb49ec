#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/recycling_allocator.hpp>
#include <boost/version.hpp>
#if BOOST_VERSION >= 108200
#include <boost/asio/associated_immediate_executor.hpp>
#endif

#include <memory>
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

    // Holds none.
    AnyHandler() noexcept = default;

    // `io_executor` is for handlers that have none of their own. Throws bad_alloc, and then has left the
    // handler as it was.
    template <class Delivery, class Handler>
    static AnyHandler of(Handler&& handler, boost::asio::any_io_executor const& io_executor) {
        return AnyHandler(
            Holder<std::decay_t<Handler>, Delivery>::make(std::forward<Handler>(handler), io_executor));
    }

    AnyHandler(AnyHandler&& other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
    AnyHandler& operator=(AnyHandler other) noexcept {
        std::swap(held_, other.held_);
        return *this;
    }
    ~AnyHandler() {
        if (held_ != nullptr)
            held_->destroy();
    }

    // False once it was called or moved from, and then nothing of what follows may be asked.
    explicit operator bool() const noexcept { return held_ != nullptr; }
    [[nodiscard]] executor_type const& get_executor() const noexcept { return held_->executor; }
    [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept { return held_->slot; }
    // For what ends within the initiating function. Empty: it is posted.
    [[nodiscard]] boost::asio::any_io_executor const& immediate_executor() const noexcept {
        return held_->immediate;
    }

    // Once.
    void operator()(Args... args) { std::exchange(held_, nullptr)->call(std::move(args)...); }

private:
    struct Base {
        template <class Handler>
        Base(Handler const& handler, boost::asio::any_io_executor const& io_executor)
            : executor(boost::asio::get_associated_executor(handler, io_executor)),
              slot(boost::asio::get_associated_cancellation_slot(handler)) {
#if BOOST_VERSION >= 108200
            // What the others have is made of their executor, which may need memory and must not fail.
            using Its = boost::asio::associated_immediate_executor<Handler, boost::asio::any_io_executor>;
            if constexpr (!requires { typename Its::asio_associated_immediate_executor_is_unspecialised; })
                if constexpr (std::is_convertible_v<typename Its::type, boost::asio::any_io_executor>)
                    immediate = boost::asio::get_associated_immediate_executor(handler, executor);
#endif
        }
        // Both end the holder.
        virtual void call(Args&&... args) = 0;
        virtual void destroy() noexcept = 0;

        boost::asio::any_io_executor executor;
        boost::asio::any_io_executor immediate;
        boost::asio::cancellation_slot slot;

    protected:
        ~Base() = default;
    };

    template <class Handler, class Delivery>
    struct Holder final : Base {
        // Without one of its own, it takes memory that the thread keeps for the next call, as all of Asio
        // does.
        using Default = boost::asio::recycling_allocator<void>;
        using Associated = boost::asio::associated_allocator<Handler, Default>;
        using Allocator =
            typename std::allocator_traits<typename Associated::type>::template rebind_alloc<Holder>;
        using Traits = std::allocator_traits<Allocator>;

        template <class Any>
        Holder(Any&& any, boost::asio::any_io_executor const& io_executor)
            : Base(any, io_executor),
              handler(std::forward<Any>(any)) {}

        template <class Any>
        static Base* make(Any&& handler, boost::asio::any_io_executor const& io_executor) {
            Allocator allocator(allocator_of(handler));
            Memory memory{allocator, Traits::allocate(allocator, 1)};
            auto* const made = std::to_address(memory.at);
            Traits::construct(allocator, made, std::forward<Any>(handler), io_executor);
            memory.at = nullptr;
            return made;
        }

        void call(Args&&... args) override {
            Allocator allocator(allocator_of(handler));
            Handler own(std::move(handler));
            destroy(allocator);
            Delivery::deliver(own, std::move(args)...);
        }
        void destroy() noexcept override {
            Allocator allocator(allocator_of(handler));
            [[maybe_unused]] Handler const own(std::move(handler)); // it may hold the memory
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

        static auto allocator_of(Handler const& handler) noexcept {
            return Associated::get(handler, Default());
        }
    };

    explicit AnyHandler(Base* held) noexcept : held_(held) {}

    Base* held_ = nullptr;
};

} // namespace e2b::inline v0::detail
