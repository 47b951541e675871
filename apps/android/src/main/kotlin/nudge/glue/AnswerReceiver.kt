package nudge

import android.app.RemoteInput
import android.content.BroadcastReceiver
import android.content.Context
import android.content.Intent
import android.os.Handler
import android.os.Looper
import android.util.Log
import java.util.concurrent.atomic.AtomicBoolean

/** A notification's buttons, and its being swiped away. */
class AnswerReceiver : BroadcastReceiver() {
  /** Android stops a receiver after ten seconds; in them the person must be told. */
  override fun onReceive(context: Context, intent: Intent) {
    val account = Nudge.host.account
    val pending = goAsync()
    val isSettled = AtomicBoolean()
    fun settleOnce(isDone: Boolean) {
      if (isSettled.getAndSet(true)) return
      if (intent.action == ANSWER) settle(context, intent, isDone)
      pending.finish()
    }
    val work = Nudge.worker.submit { settleOnce(account != null && publish(account, intent)) }
    val giveUp = Runnable {
      work.cancel(true)
      settleOnce(false)
    }
    Handler(Looper.getMainLooper()).postDelayed(giveUp, PATIENCE_MS)
  }

  private fun publish(account: Account, intent: Intent): Boolean =
    try {
      val publication = publicationOf(account, intent)
      publication != null && Nudge.host.publish(publication)
    } catch (failure: Unreadable) {
      Log.e("nudge", "not answered", failure)
      false
    }

  private fun publicationOf(account: Account, intent: Intent): Publication? {
    if (intent.action == SEEN) return intent.getStringExtra(EVENT)?.let(account::seen)
    val request = Request.of(intent.getStringExtra(REQUEST), intent.getStringExtra(NONCE))
    if (intent.action != ANSWER || request == null) return null
    val key = ReplyVault.key() ?: return null
    intent.getStringExtra(REPLY)?.let { return account.reply(request, it, key) }
    val words = RemoteInput.getResultsFromIntent(intent)?.getCharSequence(WORDS)?.toString()
    return words?.takeIf { it.isNotBlank() }?.let { account.answer(request, it, key) }
  }

  /** An answer that did not get through must not look as if it had. */
  private fun settle(context: Context, intent: Intent, isDone: Boolean) {
    val tag = intent.getStringExtra(TAG) ?: return
    if (isDone) {
      Screen(context).withdraw(tag)
      return
    }
    Screen(context).show(
      Message.Show(
        tag = tag,
        title = intent.getStringExtra(TITLE) ?: Message.neutral.title,
        body = "Not answered. Tap to answer in the app.",
        level = "time-sensitive",
        event = intent.getStringExtra(EVENT),
        route = intent.getStringExtra(HREF)?.let(Route::of),
      ),
    )
  }

  internal companion object {
    const val WORDS = "words"
    const val PATIENCE_MS = 8000L
    private const val ANSWER = "nudge.ANSWER"
    private const val SEEN = "nudge.SEEN"
    private const val TAG = "tag"
    private const val EVENT = "event"
    private const val TITLE = "title"
    private const val HREF = "href"
    private const val REQUEST = "request"
    private const val NONCE = "nonce"
    private const val REPLY = "reply"

    fun seen(context: Context, message: Message.Show): Intent =
      intent(context, SEEN, message, "seen")

    /** @param reply "once", "reject", or null for the person's own words */
    fun answer(context: Context, message: Message.Show, reply: String?): Intent =
      intent(context, ANSWER, message, reply ?: WORDS)
        .putExtra(TITLE, message.title)
        .putExtra(HREF, message.route?.href)
        .putExtra(REQUEST, message.request?.id)
        .putExtra(NONCE, message.request?.nonce)
        .putExtra(REPLY, reply)

    private fun intent(context: Context, action: String, message: Message.Show, what: String) =
      Intent(action, Screen.unique(message.tag, what), context, AnswerReceiver::class.java)
        .putExtra(TAG, message.tag)
        .putExtra(EVENT, message.event)
  }
}
