package nudge

import android.app.Activity
import android.app.Application
import android.app.Notification
import android.app.NotificationManager
import android.content.ComponentName
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import java.util.concurrent.TimeUnit
import kotlin.test.assertEquals
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
import org.unifiedpush.android.connector.INSTANCE_DEFAULT
import org.unifiedpush.android.connector.UnifiedPush
import org.unifiedpush.android.connector.internal.MessagingReceiverImpl

/** UnifiedPush's own connector between a distributor's broadcasts and our service. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34], manifest = Config.NONE)
class ConnectorTest {
  private val context: Application = RuntimeEnvironment.getApplication()
  private val manager = context.getSystemService(NotificationManager::class.java)
  private val said = mutableListOf<Publication>()
  private lateinit var token: String

  private val host = object : NudgeHost {
    override val account = Account("nudge", "alice", "phone")
    override val deviceName = "Pixel"
    override val servers = emptyMap<String, String>()
    override val icon = android.R.drawable.stat_notify_chat

    override fun open(context: Context, route: Route?) = Intent(context, Activity::class.java)

    override fun publish(publication: Publication) = said.add(publication)
  }

  @Before
  fun `register at a distributor`() {
    FakeKeystore.install()
    Nudge.host = host
    Nudge.worker = DirectWorker
    val service = Robolectric.setupService(NudgePushService::class.java)
    val name = ComponentName(context, NudgePushService::class.java)
    shadowOf(context).setComponentNameAndServiceForBindService(name, service.onBind(Intent()))
    val distributor = ComponentName(DISTRIBUTOR, "Register")
    shadowOf(context.packageManager).addReceiverIfNotPresent(distributor)
    shadowOf(context.packageManager).addIntentFilterForReceiver(
      distributor,
      IntentFilter("org.unifiedpush.android.distributor.REGISTER"),
    )
    UnifiedPush.saveDistributor(context, DISTRIBUTOR)
    UnifiedPush.register(context, INSTANCE_DEFAULT, null, Vectors.keys.p256dh)
    val register = shadowOf(context).broadcastIntents.single { it.action!!.endsWith(".REGISTER") }
    assertEquals(DISTRIBUTOR, register.`package`)
    assertEquals(Vectors.keys.p256dh, register.getStringExtra("vapid"))
    token = register.getStringExtra("token")!!
  }

  @After
  fun `leave no Keystore behind`() = FakeKeystore.remove()

  private fun tell(what: String, extras: Intent.() -> Unit = {}) {
    val intent = Intent("org.unifiedpush.android.connector.$what").putExtra("token", token).apply(extras)
    MessagingReceiverImpl().onReceive(context, intent)
    ShadowLooper.idleMainLooper(1, TimeUnit.SECONDS)
  }

  private fun register(): JSONObject {
    tell("NEW_ENDPOINT") { putExtra("endpoint", "https://ntfy.sh/up1") }
    return JSONObject(said.last().payload)
  }

  private fun message(body: ByteArray) = tell("MESSAGE") {
    putExtra("bytesMessage", body)
    putExtra("id", "m1")
  }

  private fun titles() =
    manager.activeNotifications.map { it.notification.extras.getCharSequence(Notification.EXTRA_TITLE) }

  @Test
  fun `an endpoint becomes a registration, with the connector's keys`() {
    val document = register()
    assertEquals("nudge/alice/device/phone", said.single().topic)
    assertEquals("https://ntfy.sh/up1", document.getString("endpoint"))
    assertEquals(DeviceKeys.POINT_LEN, Vectors.bytes(document.getJSONObject("keys").getString("p256dh")).size)
    assertEquals(DeviceKeys.AUTH_LEN, Vectors.bytes(document.getJSONObject("keys").getString("auth")).size)
  }

  @Test
  fun `what is sealed to those keys is shown, and withdrawn`() {
    val keys = register().getJSONObject("keys")
    message(Sealed.of(Vectors.message("a permission").getString("text"), keys))
    assertEquals(listOf<CharSequence>("Permission needed: Fix login"), titles())
    message(Sealed.of(Vectors.message("a withdrawal of the permission").getString("text"), keys))
    assertTrue(titles().isEmpty())
  }

  @Test
  fun `a turn is shown while it runs`() {
    val keys = register().getJSONObject("keys")
    fun seal(name: String, ts: Int): ByteArray {
      val text = JSONObject(Vectors.turn(name).getString("text"))
      // The recorded ones are of one moment, and long over.
      text.getJSONObject("progress").put("ts", ts).put("stale", System.currentTimeMillis() + 60_000)
      return Sealed.of(text.toString(), keys)
    }
    message(seal("a turn that begins", 1))
    assertEquals(listOf<CharSequence>("Fix login"), titles())
    message(seal("a turn that ended", 2))
    assertTrue(titles().isEmpty())
  }

  @Test
  fun `what is sealed to other keys shows the neutral text`() {
    register()
    message(Vectors.bytes(Vectors.message("a permission").getString("body")))
    assertEquals(listOf<CharSequence>(Message.neutral.title), titles())
  }

  @Test
  fun `the distributor's end is the registration's end`() {
    register()
    tell("UNREGISTERED")
    assertEquals(Publication("nudge/alice/device/phone", "", isRetained = true), said.last())
  }

  private companion object {
    const val DISTRIBUTOR = "io.heckel.ntfy"
  }
}
