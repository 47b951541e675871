package nudge

import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.app.RemoteInput
import android.content.Context
import android.content.Intent
import android.graphics.drawable.Icon
import android.net.Uri
import android.os.Build
import android.util.Log

/** Puts messages on the screen, and takes them away. */
class Screen(private val context: Context) {
  private val manager = context.getSystemService(NotificationManager::class.java)

  /**
   * What a push says, or the neutral text if it cannot be read: an urgent push that
   * shows nothing is held against the app.
   */
  fun receive(read: () -> Message) {
    val message = try {
      read()
    } catch (failure: Unreadable) {
      Log.w("nudge", "a push that cannot be read: ${failure.message}")
      Message.neutral
    }
    when (message) {
      is Message.Show -> show(message)
      is Message.Withdraw -> withdraw(message.tag)
      is Message.Turn -> follow(message)
    }
  }

  /** The same tag and id as Firebase's own, so that each replaces the other's. */
  fun withdraw(tag: String) = manager.cancel(tag, ID)

  fun show(message: Message.Show) {
    createChannels()
    val shown = builder(message.level, message.title, message.body)
      .setContentIntent(open(message))
      .setDeleteIntent(broadcast(AnswerReceiver.seen(context, message), FLAGS))
      .setVisibility(Notification.VISIBILITY_PRIVATE)
      .setPublicVersion(builder(message.level, Message.neutral.title, Message.neutral.body).build())
    message.badge?.let(shown::setNumber)
    actions(message).forEach { shown.addAction(it) }
    manager.notify(message.tag, ID, shown.build())
  }

  /** A turn is shown for as long as it runs, in one place and without a sound. */
  private fun follow(turn: Message.Turn) {
    if (!isNews(turn)) return
    val leftMs = turn.stale - System.currentTimeMillis()
    if (turn.isOver || leftMs <= 0) return withdraw(turn.tag)
    createChannels()
    val shown = turnBuilder(turn, turn.title ?: "An agent")
      .setContentIntent(
        PendingIntent.getActivity(
          context, turn.tag.hashCode(), Nudge.host.open(context, turn.route), FLAGS,
        ),
      )
      .setVisibility(Notification.VISIBILITY_PRIVATE)
      .setPublicVersion(turnBuilder(turn, "An agent").build())
      .setTimeoutAfter(leftMs)
    turn.project?.let(shown::setSubText)
    manager.notify(turn.tag, ID, shown.build())
  }

  private fun turnBuilder(turn: Message.Turn, title: String) =
    Notification.Builder(context, PROGRESS)
      .setSmallIcon(Nudge.host.icon)
      .setContentTitle(title)
      .setContentText(if (turn.state == "waiting") "Waits for you" else "Works")
      .setOngoing(true)
      .setOnlyAlertOnce(true)
      .setWhen(turn.since)
      .setShowWhen(true)
      .setUsesChronometer(true)

  private fun builder(channel: String, title: String, body: String) =
    Notification.Builder(context, channel)
      .setSmallIcon(Nudge.host.icon)
      .setContentTitle(title)
      .setContentText(body)
      .setStyle(Notification.BigTextStyle().bigText(body))
      .setAutoCancel(true)

  private fun open(message: Message.Show): PendingIntent {
    val intent = Nudge.host.open(context, message.route)
      .putExtra(Nudge.EXTRA_EVENT, message.event)
      .putExtra(Nudge.EXTRA_TAG, message.tag)
    return PendingIntent.getActivity(context, message.tag.hashCode(), intent, FLAGS)
  }

  private fun actions(message: Message.Show): List<Notification.Action> =
    message.copy(isCut = message.isCut || message.body.length > TEXT_MAX).offers(canAnswer()).map { offer ->
      when (offer) {
        Offer.OPEN -> action("Open", open(message)).build()
        Offer.ONCE -> reply(message, "Allow once", "once")
        Offer.REJECT -> reply(message, "Reject", "reject")
        Offer.ANSWER -> words(message)
      }
    }

  private fun canAnswer(): Boolean =
    try {
      ReplyVault.key() != null
    } catch (failure: Unreadable) {
      Log.e("nudge", "nothing can be answered", failure)
      false
    }

  private fun reply(message: Message.Show, title: String, reply: String) =
    locked(action(title, broadcast(AnswerReceiver.answer(context, message, reply), FLAGS))).build()

  private fun words(message: Message.Show): Notification.Action {
    val intent = AnswerReceiver.answer(context, message, null)
    val mutable = if (Build.VERSION.SDK_INT >= 31) PendingIntent.FLAG_MUTABLE else 0
    return locked(action("Answer", broadcast(intent, PendingIntent.FLAG_UPDATE_CURRENT or mutable)))
      .addRemoteInput(RemoteInput.Builder(AnswerReceiver.WORDS).setLabel("Your answer").build())
      .build()
  }

  private fun action(title: String, intent: PendingIntent) =
    Notification.Action.Builder(Icon.createWithResource(context, Nudge.host.icon), title, intent)

  /** Who holds a locked phone may not let the agent do things. */
  private fun locked(action: Notification.Action.Builder) =
    action.apply { if (Build.VERSION.SDK_INT >= 31) setAuthenticationRequired(true) }

  private fun broadcast(intent: Intent, flags: Int) =
    PendingIntent.getBroadcast(context, 0, intent, flags)

  /** The person may change them in the phone's settings; what is there stays as it is. */
  fun createChannels() {
    manager.createNotificationChannels(
      listOf(
        channel("time-sensitive", "Waits for you", NotificationManager.IMPORTANCE_HIGH),
        channel("active", "Finished or failed", NotificationManager.IMPORTANCE_DEFAULT),
        channel("passive", "Quiet", NotificationManager.IMPORTANCE_LOW),
        channel(PROGRESS, "Running turns", NotificationManager.IMPORTANCE_LOW),
      ),
    )
  }

  private fun channel(level: String, name: String, importance: Int) =
    NotificationChannel(level, name, importance)

  internal companion object {
    const val ID = 0
    const val PROGRESS = "progress"

    private const val TURNS_MAX = 64
    private val latest = LinkedHashMap<String, Long>()

    /** What was said earlier may come later: an end is not undone by it. */
    @Synchronized
    private fun isNews(turn: Message.Turn): Boolean {
      if ((latest[turn.tag] ?: -1) >= turn.ts) return false
      latest.remove(turn.tag)
      latest[turn.tag] = turn.ts
      if (latest.size > TURNS_MAX) latest.remove(latest.keys.first())
      return true
    }

    /** Android cuts what is longer, and what is not seen whole is not allowed. */
    const val TEXT_MAX = 1024
    const val FLAGS = PendingIntent.FLAG_UPDATE_CURRENT or PendingIntent.FLAG_IMMUTABLE

    /** Two intents are one to Android if only their extras differ. */
    fun unique(tag: String, what: String): Uri = Uri.fromParts("nudge", tag, what)
  }
}
