package nudge

import android.Manifest
import android.app.Activity
import android.app.Application
import android.app.Notification
import android.app.NotificationManager
import android.app.PendingIntent
import android.app.RemoteInput
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.os.Bundle
import android.security.keystore.KeyProperties
import android.security.keystore.KeyProtection
import android.service.notification.StatusBarNotification
import com.google.firebase.messaging.RemoteMessage
import java.util.concurrent.CountDownLatch
import java.util.concurrent.Executors
import java.util.concurrent.TimeUnit
import javax.crypto.SecretKey
import javax.crypto.spec.SecretKeySpec
import kotlin.test.assertContentEquals
import kotlin.test.assertEquals
import kotlin.test.assertFailsWith
import kotlin.test.assertFalse
import kotlin.test.assertNotEquals
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.json.JSONObject
import org.junit.After
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.shadows.ShadowLooper
import org.unifiedpush.android.connector.data.PublicKeySet
import org.unifiedpush.android.connector.data.PushEndpoint
import org.unifiedpush.android.connector.data.PushMessage

/** The glue on the real framework of Android 14, without a phone. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34], manifest = Config.NONE)
class GlueTest {
  private val context: Application = RuntimeEnvironment.getApplication()
  private val manager = context.getSystemService(NotificationManager::class.java)
  private val said = mutableListOf<Publication>()
  private var isBrokerThere = true
  private var onPublish = { publication: Publication ->
    if (isBrokerThere) said += publication
    isBrokerThere
  }

  private val host = object : NudgeHost {
    override var account: Account? = Account("nudge", "alice", "phone")
    override val deviceName = "Pixel"
    override val servers = mapOf("workstation" to "http://10.0.0.5:4096")
    override val icon = android.R.drawable.stat_notify_chat

    override fun open(context: Context, route: Route?) =
      Intent(context, Activity::class.java).setAction(route?.href)

    override fun publish(publication: Publication) = onPublish(publication)
  }

  @Before
  fun `start the app`() {
    Nudge.host = host
    Nudge.worker = DirectWorker
    FakeKeystore.install()
    Nudge.pair(pairing("&key=${Vectors.replies.getString("key")}"))
    val answers = IntentFilter("nudge.ANSWER").apply {
      addAction("nudge.SEEN")
      addDataScheme("nudge")
    }
    context.registerReceiver(AnswerReceiver(), answers, Context.RECEIVER_NOT_EXPORTED)
  }

  @After
  fun `leave no Keystore behind`() = FakeKeystore.remove()

  private fun pairing(more: String) =
    Pairing.of("nudge:pair?user=alice&broker=mqtt%3A%2F%2Fpi.lan$more")

  private fun screen() = manager.activeNotifications.toList()

  private fun only(): StatusBarNotification = screen().single()

  private fun text(notification: Notification, name: String) =
    notification.extras.getCharSequence(name)?.toString()

  private fun show(message: Message) = Screen(context).receive { message }

  private val asked = Message.Show(
    tag = "t1",
    title = "Permission needed: Fix login",
    body = "rm -rf build",
    level = "time-sensitive",
    badge = 2,
    category = "NUDGE_PERMISSION",
    event = "evt_1",
    route = Route.of("/server/aHR0cDovLzEwLjAuMC41OjQwOTY/session/ses_1"),
    request = Request("per_1", "n0nce"),
  )

  private fun press(intent: PendingIntent, fill: (Intent) -> Unit = {}) {
    val sent = Intent(shadowOf(intent).savedIntent).also(fill)
    assertEquals(AnswerReceiver::class.java.name, sent.component?.className)
    context.sendBroadcast(sent.setComponent(null))
    ShadowLooper.idleMainLooper()
  }

  /** Each test has turns of its own: what came last of one is remembered. */
  private fun turn(tag: String, event: String = "update", state: String = "busy", ts: Long = 1) =
    Message.Turn(
      tag = tag, event = event, state = state, since = 5, ts = ts,
      stale = System.currentTimeMillis() + 1_800_000,
      title = "Fix login", project = "webshop",
      route = Route.of("/server/aHR0cDovLzEwLjAuMC41OjQwOTY/session/ses_1"),
    )

  @Test
  fun `shows a running turn until it ends, without a sound`() {
    show(turn("g1", "start"))
    val shown = only()
    assertEquals("g1", shown.tag)
    assertTrue(shown.isOngoing)
    assertEquals("progress", shown.notification.channelId)
    assertEquals("Fix login", text(shown.notification, Notification.EXTRA_TITLE))
    assertEquals("Works", text(shown.notification, Notification.EXTRA_TEXT))
    assertEquals("webshop", text(shown.notification, Notification.EXTRA_SUB_TEXT))
    assertEquals(5, shown.notification.`when`)
    assertTrue(shown.notification.timeoutAfter in 1..1_800_000)
    assertEquals(
      NotificationManager.IMPORTANCE_LOW,
      manager.getNotificationChannel("progress").importance,
    )
    show(turn("g1", state = "waiting", ts = 2))
    assertEquals("Waits for you", text(only().notification, Notification.EXTRA_TEXT))
    show(turn("g1", "end", "idle", ts = 3))
    assertTrue(screen().isEmpty())
  }

  @Test
  fun `an update that comes after the end of its turn shows nothing`() {
    show(turn("g2", "end", "idle", ts = 7))
    show(turn("g2", ts = 6))
    assertTrue(screen().isEmpty())
    show(turn("g2", "start", ts = 8))
    assertEquals("g2", only().tag)
  }

  @Test
  fun `a turn of which nobody knows any more is not shown`() {
    show(turn("g3"))
    show(turn("g3", ts = 2).copy(stale = 3))
    assertTrue(screen().isEmpty())
  }

  @Test
  fun `tells a lock screen that hides content only that a turn runs`() {
    show(turn("g4"))
    val public = only().notification.publicVersion
    assertEquals("An agent", text(public, Notification.EXTRA_TITLE))
    assertNull(text(public, Notification.EXTRA_SUB_TEXT))
  }

  @Test
  fun `a tap on a running turn opens its session`() {
    show(turn("g5"))
    val open = shadowOf(only().notification.contentIntent).savedIntent
    assertEquals(turn("g5").route!!.href, open.action)
  }

  @Test
  fun `shows a message in the channel of its level`() {
    show(asked)
    val shown = only()
    assertEquals("t1", shown.tag)
    assertEquals("time-sensitive", shown.notification.channelId)
    assertEquals("Permission needed: Fix login", text(shown.notification, Notification.EXTRA_TITLE))
    assertEquals("rm -rf build", text(shown.notification, Notification.EXTRA_TEXT))
    assertEquals(2, shown.notification.number)
    val importance = manager.notificationChannels.associate { it.id to it.importance }
    assertEquals(
      mapOf(
        "time-sensitive" to NotificationManager.IMPORTANCE_HIGH,
        "active" to NotificationManager.IMPORTANCE_DEFAULT,
        "passive" to NotificationManager.IMPORTANCE_LOW,
        "progress" to NotificationManager.IMPORTANCE_LOW,
      ),
      importance,
    )
  }

  @Test
  fun `tells a lock screen that hides content nothing`() {
    show(asked)
    val public = only().notification.publicVersion
    assertEquals(Message.neutral.body, text(public, Notification.EXTRA_TEXT))
    assertNull(public.actions)
  }

  @Test
  fun `replaces by tag and withdraws by tag`() {
    show(asked)
    show(asked.copy(body = "rm -rf dist"))
    assertEquals("rm -rf dist", text(only().notification, Notification.EXTRA_TEXT))
    show(asked.copy(tag = "t2"))
    show(Message.Withdraw("t1"))
    assertEquals("t2", only().tag)
  }

  @Test
  fun `shows the neutral text for what cannot be read`() {
    Screen(context).receive { throw Unreadable("test") }
    assertEquals(Message.neutral.body, text(only().notification, Notification.EXTRA_TEXT))
  }

  @Test
  fun `offers to approve and to reject, on an unlocked phone only`() {
    show(asked)
    val actions = only().notification.actions
    assertEquals(listOf("Allow once", "Reject"), actions.map { it.title.toString() })
    assertTrue(actions.all(Notification.Action::isAuthenticationRequired))
  }

  @Test
  fun `offers to open and to reject what is cut`() {
    show(asked.copy(isCut = true))
    val actions = only().notification.actions
    assertEquals(listOf("Open", "Reject"), actions.map { it.title.toString() })
    assertEquals(asked.route!!.href, shadowOf(actions[0].actionIntent).savedIntent.action)
    assertTrue(actions[1].isAuthenticationRequired)
  }

  @Test
  fun `offers to open and to reject what Android itself would cut`() {
    show(asked.copy(body = "x".repeat(1025)))
    assertEquals(listOf("Open", "Reject"), only().notification.actions.map { it.title.toString() })
    show(asked.copy(body = "x".repeat(1024)))
    assertEquals("x".repeat(1024), text(only().notification, Notification.EXTRA_BIG_TEXT))
    assertEquals(listOf("Allow once", "Reject"), only().notification.actions.map { it.title.toString() })
  }

  @Test
  fun `offers nothing but to open without a key`() {
    val open = listOf("Open")
    Nudge.pair(pairing(""))
    show(asked)
    assertEquals(open, only().notification.actions.map { it.title.toString() })
    FakeKeystore.remove()
    show(asked)
    assertEquals(open, only().notification.actions.map { it.title.toString() })
  }

  @Test
  fun `the key of answers is in the Keystore, to sign with, until the person signs out`() {
    val how = FakeKeystore.protection.getValue("nudge-reply") as KeyProtection
    assertEquals(KeyProperties.PURPOSE_SIGN, how.purposes)
    assertContentEquals(Vectors.replyKeyBytes, FakeKeystore.keys.getValue("nudge-reply").encoded)
    Nudge.signOut()
    assertTrue(FakeKeystore.keys.isEmpty())
    assertEquals("", said.single().payload)
    FakeKeystore.remove()
    assertFailsWith<Unreadable> { Nudge.pair(pairing("")) }
  }

  @Test
  fun `a key that is gone when the button is pressed answers nothing`() {
    show(asked)
    val action = only().notification.actions[0].actionIntent
    Nudge.pair(pairing(""))
    press(action)
    assertTrue(said.isEmpty())
    assertTrue(text(only().notification, Notification.EXTRA_TEXT)!!.startsWith("Not answered"))
    FakeKeystore.remove()
    press(action)
    assertTrue(said.isEmpty())
  }

  @Test
  fun `offers nothing that could not be answered`() {
    show(asked.copy(request = null))
    assertNull(only().notification.actions)
  }

  @Test
  fun `a button answers, and takes the notification away`() {
    show(asked)
    press(only().notification.actions[1].actionIntent)
    assertEquals("nudge/alice/reply", said.single().topic)
    val reply = Vectors.signed(said.single())
    assertEquals("reject", reply.getString("reply"))
    assertEquals("per_1", reply.getString("request"))
    assertEquals("n0nce", reply.getString("nonce"))
    assertTrue(screen().isEmpty())
  }

  @Test
  fun `an answer that did not get through is not hidden`() {
    isBrokerThere = false
    show(asked)
    press(only().notification.actions[0].actionIntent)
    assertTrue(text(only().notification, Notification.EXTRA_TEXT)!!.startsWith("Not answered"))
    assertNull(only().notification.actions)
    val open = shadowOf(only().notification.contentIntent).savedIntent
    assertEquals(asked.route!!.href, open.action)
  }

  @Test
  fun `an answer to which the broker says nothing is interrupted, and not hidden`() {
    val asking = CountDownLatch(1)
    val interrupted = CountDownLatch(1)
    Nudge.worker = Executors.newSingleThreadExecutor()
    onPublish = {
      try {
        asking.countDown()
        CountDownLatch(1).await()
        true
      } catch (_: InterruptedException) {
        interrupted.countDown()
        false
      }
    }
    show(asked)
    press(only().notification.actions[0].actionIntent)
    assertTrue(asking.await(20, TimeUnit.SECONDS))
    assertEquals(asked.body, text(only().notification, Notification.EXTRA_TEXT))
    ShadowLooper.idleMainLooper(8, TimeUnit.SECONDS)
    assertTrue(interrupted.await(20, TimeUnit.SECONDS))
    Nudge.worker.shutdown()
    assertTrue(Nudge.worker.awaitTermination(20, TimeUnit.SECONDS))
    assertTrue(text(only().notification, Notification.EXTRA_TEXT)!!.startsWith("Not answered"))
  }

  @Test
  fun `a question takes the person's own words`() {
    val question = asked.copy(category = "NUDGE_QUESTION", request = Request("que_1", "n0nce"))
    show(question)
    val action = only().notification.actions.single()
    press(action.actionIntent) { intent ->
      val words = Bundle().apply { putCharSequence(action.remoteInputs.single().resultKey, "SQLite") }
      RemoteInput.addResultsToIntent(action.remoteInputs, intent, words)
    }
    assertEquals("[[\"SQLite\"]]", Vectors.signed(said.single()).get("answers").toString())
  }

  @Test
  fun `no words are no answer`() {
    show(asked.copy(category = "NUDGE_QUESTION", request = Request("que_1", "n0nce")))
    press(only().notification.actions.single().actionIntent)
    assertTrue(said.isEmpty())
    assertTrue(text(only().notification, Notification.EXTRA_TEXT)!!.startsWith("Not answered"))
  }

  @Test
  fun `two notifications keep their buttons apart`() {
    show(asked)
    show(asked.copy(tag = "t2", request = Request("per_2", "other")))
    press(screen().single { it.tag == "t1" }.notification.actions[0].actionIntent)
    assertEquals("per_1", Vectors.signed(said.single()).getString("request"))
  }

  @Test
  fun `swiped away and tapped both mean seen, once`() {
    show(asked)
    press(only().notification.deleteIntent)
    val tap = Intent(shadowOf(only().notification.contentIntent).savedIntent)
    Nudge.opened(context, tap)
    Nudge.opened(context, tap)
    val seen = Publication("nudge/alice/ack", "evt_1")
    assertEquals(listOf(seen, seen), said)
    assertTrue(screen().isEmpty())
  }

  private fun tap(event: String, screen: Activity) {
    show(asked.copy(event = event))
    Nudge.opened(screen, Intent(shadowOf(only().notification.contentIntent).savedIntent))
  }

  private fun opened(event: String) = said.filter { "open_s" in it.payload && event in it.payload }

  @Test
  fun `what stays open for ten seconds was more than glanced at`() {
    val screen = Robolectric.buildActivity(Activity::class.java).setup()
    tap("evt_1", screen.get())
    ShadowLooper.idleMainLooper(9, TimeUnit.SECONDS)
    assertEquals(listOf(Publication("nudge/alice/ack", "evt_1")), said)
    ShadowLooper.idleMainLooper(1, TimeUnit.SECONDS)
    assertEquals(10, JSONObject(opened("evt_1").single().payload).getInt("open_s"))
    ShadowLooper.idleMainLooper(60, TimeUnit.SECONDS)
    assertEquals(2, said.size)
  }

  @Test
  fun `what was left before, or for something else, was a glance`() {
    val screen = Robolectric.buildActivity(Activity::class.java).setup()
    tap("evt_1", screen.get())
    screen.pause().stop()
    ShadowLooper.idleMainLooper(60, TimeUnit.SECONDS)
    screen.start().resume()
    tap("evt_2", screen.get())
    tap("evt_3", screen.get())
    ShadowLooper.idleMainLooper(60, TimeUnit.SECONDS)
    assertEquals(listOf(0, 0, 1), listOf("evt_1", "evt_2", "evt_3").map { opened(it).size })
  }

  @Test
  fun `a phone that is turned still shows what was opened`() {
    val screen = Robolectric.buildActivity(Activity::class.java).setup()
    tap("evt_1", screen.get())
    screen.recreate()
    ShadowLooper.idleMainLooper(10, TimeUnit.SECONDS)
    assertEquals(1, opened("evt_1").size)
  }

  @Test
  fun `Firebase's messages are shown and withdrawn`() {
    val service = Robolectric.setupService(NudgeMessagingService::class.java)
    val open = Vectors.message("a permission").getJSONObject("fcm")
    val title = Vectors.shown(open, "title")
    val body = Vectors.shown(open, "body")
    val shown = RemoteMessage.Notification(title, body)
    service.onMessageReceived(RemoteMessage(Vectors.data(open), shown))
    assertEquals(title, text(only().notification, Notification.EXTRA_TITLE))
    val gone = Vectors.message("a withdrawal of the permission").getJSONObject("fcm")
    service.onMessageReceived(RemoteMessage(Vectors.data(gone), null))
    assertTrue(screen().isEmpty())
  }

  @Test
  fun `what the bridge pushed is on the screen as it says, replaced and withdrawn`() {
    val service = Robolectric.setupService(NudgeMessagingService::class.java)
    val shown = mutableMapOf<String, String>()
    val expected = Vectors.objects(Vectors.reading.getJSONArray("vectors")).associateBy { it.getString("name") }
    for (vector in Vectors.messages) {
      val open = vector.getJSONObject("fcm")
      val title = Vectors.shown(open, "title")
      val notification = title?.let { RemoteMessage.Notification(it, Vectors.shown(open, "body")) }
      service.onMessageReceived(RemoteMessage(Vectors.data(open), notification))
      val one = expected.getValue(vector.getString("name"))
      one.optJSONObject("shows")?.let { shown[it.getString("tag")] = it.getString("title") }
        ?: shown.remove(one.getString("withdraws"))
      assertEquals(shown, screen().associate { it.tag to text(it.notification, Notification.EXTRA_TITLE) })
    }
  }

  @Test
  fun `a phone whose Keystore is broken shows the neutral text, and does not register`() {
    FakeKeystore.remove()
    val service = Robolectric.setupService(NudgeMessagingService::class.java)
    val sealed = Vectors.message("a permission").getJSONObject("fcm_sealed")
    service.onMessageReceived(RemoteMessage(Vectors.data(sealed), null))
    assertEquals(Message.neutral.body, text(only().notification, Notification.EXTRA_TEXT))
    service.onNewToken("token")
    assertTrue(said.isEmpty())
  }

  @Test
  fun `UnifiedPush's messages are shown, and its endpoint registered`() {
    val service = Robolectric.setupService(NudgePushService::class.java)
    val text = Vectors.message("a question").getString("text")
    service.onMessage(PushMessage(text.toByteArray(), true), "default")
    assertEquals("Question: Fix login", text(only().notification, Notification.EXTRA_TITLE))
    service.onMessage(PushMessage(text.toByteArray(), false), "default")
    assertEquals(2, screen().size)
    service.onNewEndpoint(PushEndpoint("https://ntfy.sh/up1", PublicKeySet("p", "a"), false), "default")
    service.onUnregistered("default")
    assertEquals(listOf("nudge/alice/device/phone"), said.map(Publication::topic).distinct())
    assertEquals("https://ntfy.sh/up1", JSONObject(said[0].payload).getString("endpoint"))
    assertEquals("", said[1].payload)
  }

  @Test
  fun `the vault keeps keys, sealed, and makes new ones where it cannot read`() {
    val kept = context.getSharedPreferences("nudge_keys", Context.MODE_PRIVATE)
    fun key(fill: Byte): SecretKey = SecretKeySpec(ByteArray(32) { fill }, "AES")
    val first = KeyVault(Vault(context) { key(1) }).keys()
    assertContentEquals(first.toBytes(), KeyVault(Vault(context) { key(1) }).keys().toBytes())
    assertEquals(1, kept.all.size)
    val other = KeyVault(Vault(context) { key(2) }).keys()
    assertNotEquals(first.p256dh, other.p256dh)
    for (damage in listOf("", "!", "AAAA", kept.getString("keys", "")!!.dropLast(8))) {
      kept.edit().putString("keys", damage).commit()
      assertEquals(DeviceKeys.LEN, KeyVault(Vault(context) { key(2) }).keys().toBytes().size)
    }
  }

  @Test
  fun `presence follows the app, not its activities`() {
    val presence = Presence()
    val one = Robolectric.buildActivity(Activity::class.java).get()
    val two = Robolectric.buildActivity(Activity::class.java).get()
    presence.onActivityStarted(one)
    presence.onActivityStarted(two)
    presence.onActivityStopped(one)
    assertEquals(1, said.size)
    ShadowLooper.idleMainLooper(46, TimeUnit.SECONDS)
    assertEquals(2, said.size)
    assertTrue(said.all { it.payload.contains("foreground") })
    presence.onActivityStopped(two)
    assertEquals("background", said.last().payload)
    ShadowLooper.idleMainLooper(300, TimeUnit.SECONDS)
    assertEquals(3, said.size)
  }

  @Test
  fun `says nothing before the app is paired`() {
    host.account = null
    Nudge.unregister()
    show(asked)
    press(only().notification.deleteIntent)
    assertTrue(said.isEmpty())
  }

  @Test
  fun `asks for the permission once it is missing`() {
    val activity = Robolectric.buildActivity(Activity::class.java).get()
    assertFalse(Nudge.mayNotify(activity))
    Nudge.askPermission(activity, 7)
    val asked = shadowOf(activity).lastRequestedPermission
    assertContentEquals(arrayOf(Manifest.permission.POST_NOTIFICATIONS), asked.requestedPermissions)
    shadowOf(context).grantPermissions(Manifest.permission.POST_NOTIFICATIONS)
    assertTrue(Nudge.mayNotify(activity))
  }
}
